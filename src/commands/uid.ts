import { quote, UserError, UserErrors } from "../errors.ts";
import { explaining } from "../identity/failure.ts";
import { type History, type KnownPeriod, readHistory } from "../identity/history.ts";
import { listUids, readUid } from "../identity/lease.ts";
import type { Registry } from "../identity/registry.ts";
import { complain, print } from "../sys/output.ts";
import { inColumns } from "./columns.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import { UID_OPTIONS } from "./identityOptions.ts";
import { type Options, readOptions } from "./options.ts";
import { ownPlace } from "./place.ts";
import { rulesOrDefault } from "./rules.ts";

interface Question {
  readonly operand: string;
  readonly at: string | undefined;
  readonly registry: Registry;
  readonly history: History;
}

/** Of what is asked: the rows as JSON, and as columns. */
interface Answer {
  readonly rows: readonly object[];
  readonly table: string;
}

const QUESTIONS: Readonly<Record<string, { readonly operands: 0 | 1; answer(question: Question): Answer }>> = {
  ls: { operands: 0, answer: listHeld },
  whois: { operands: 1, answer: whoIs },
  history: { operands: 1, answer: historyOf },
};

/** Tells who has or had which UID. 0 when somebody has been found, 1 when nobody has. */
export async function tellUids(options: Options): Promise<number> {
  const { words, at, json } = readQuestion(options);
  const [verb = "", operand = "", ...more] = words;
  const question = QUESTIONS[verb];
  const expected = "expected ls, whois UID or history NAME";
  if (question === undefined || words.length !== question.operands + 1 || more.length > 0)
    throw new UserError(`cannot tell about UIDs: found ${quote(words.join(" "))}, ${expected}`);
  if (at !== undefined && verb !== "whois") throw new UserError(`cannot use --at with ${verb}: expected it with whois`);
  const own = ownPlace();
  const registry = openRegistryAt(own, await rulesOrDefault(`${own}/cache`));
  const history = explaining("read the ledger", () => readHistory(registry));
  for (const place of history.damaged) complain(`cannot read a line of the ledger: found no record of ours (${place})`);
  const { rows, table } = question.answer({ operand, at, registry, history });
  print(json ? JSON.stringify(rows, null, 2) : table);
  return rows.length > 0 || verb === "ls" ? 0 : 1;
}

/** Options may stand before, between and after the words. */
function readQuestion(first: Options) {
  const all: Options[] = [first];
  const words: string[] = [];
  for (let { rest } = first; rest.length > 0; rest = all.at(-1)!.rest) {
    words.push(rest[0]!);
    all.push(readOptions("uid", UID_OPTIONS, rest.slice(1)));
  }
  return {
    words,
    at: all.map((options) => options.get("at")).findLast((value) => value !== undefined),
    json: all.some((options) => options.has("json")),
  };
}

function listHeld({ registry, history }: Question): Answer {
  const rows = listUids(registry)
    .toSorted((a, b) => a - b)
    .flatMap((uid) => describeUid(uid, registry, history));
  const table = inColumns(
    ["UID", "NAME", "STATE", "CONTAINERS"],
    rows.map(({ uid, name, state, containers, restSeconds }) => [
      String(uid),
      name,
      restSeconds === undefined ? state : `${state} (${restSeconds} s)`,
      containers.map(({ container }) => container).join(" "),
    ]),
  );
  return { rows, table };
}

/** Resting UIDs only as long as they are kept for their name. */
function describeUid(uid: number, registry: Registry, { periods }: History): readonly Held[] {
  const state = readUid(uid, registry);
  const containers = periods
    .filter((period) => period.uid === uid && period.state === "holds")
    .map(({ uid: _uid, name: _name, boot: _boot, state: _state, ...heldBy }): HeldBy => heldBy);
  switch (state.kind) {
    case "free":
      return [];
    case "damaged":
      return [{ uid, name: "", state: "damaged", containers }];
    case "held":
      return [{ uid, name: state.entry.name, state: "held", containers }];
    case "resting": {
      const restSeconds = Math.ceil(registry.restSeconds - state.seconds);
      return restSeconds > 0 ? [{ uid, name: state.name, state: "resting", containers, restSeconds }] : [];
    }
  }
}

type HeldBy = Pick<KnownPeriod, "container" | "engine" | "image" | "from">;

interface Held {
  readonly uid: number;
  readonly name: string;
  readonly state: "held" | "resting" | "damaged";
  readonly containers: readonly HeldBy[];
  /** Until another name may have it. */
  readonly restSeconds?: number;
}

function whoIs({ operand, at, history }: Question): Answer {
  const uid = /^[0-9]{1,10}$/.test(operand) ? Number(operand) : undefined;
  if (uid === undefined) throw new UserError(`cannot tell who is ${quote(operand)}: expected a UID`);
  const ofUid = history.periods.filter((period) => period.uid === uid);
  return periodsAnswer(at === undefined ? latest(ofUid) : ofUid.filter((period) => covers(period, parseTime(at))));
}

/** Those who have it now, otherwise the last one who had. */
function latest(periods: readonly KnownPeriod[]): readonly KnownPeriod[] {
  const held = periods.filter(({ state }) => state === "holds");
  return held.length > 0 ? held : periods.slice(-1);
}

/** A period whose end nobody recorded may have covered every later time. */
function covers({ from, to }: KnownPeriod, time: number): boolean {
  return Date.parse(from) <= time && (to === undefined || time <= Date.parse(to));
}

function parseTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UserErrors([`cannot read --at: found ${quote(text)}, expected a time such as 2026-11-25T13:00:00Z`]);
}

function historyOf({ operand, history }: Question): Answer {
  return periodsAnswer(history.periods.filter(({ name }) => name === operand));
}

function periodsAnswer(periods: readonly KnownPeriod[]): Answer {
  const rows = periods.map(({ boot: _, ...period }) => period);
  const table = inColumns(
    ["UID", "NAME", "FROM", "TO", "END", "ENGINE", "CONTAINER", "IMAGE"],
    rows.map(({ uid, name, from, to, why, state, engine, container, image }) => [
      String(uid),
      name,
      from,
      to ?? "",
      why ?? (state === "holds" ? "" : "unknown"),
      engine ?? "",
      container,
      image ?? "",
    ]),
  );
  return { rows, table };
}
