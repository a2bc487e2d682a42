import { rulesOrDefault } from "../config/identityRules.ts";
import { inColumns } from "../console/columns.ts";
import type { Options } from "../console/options.ts";
import { quote, UserError, UserErrors } from "../errors.ts";
import { type History, type KnownPeriod, readHistory } from "../identity/history.ts";
import { listUids, readUid } from "../identity/lease.ts";
import { damagedFile, setDamagedAside } from "../identity/ledgerDamage.ts";
import type { Registry } from "../identity/registry.ts";
import { thisCaller } from "../start/caller.ts";
import { openRegistryAt } from "../start/registry.ts";
import { withContext } from "../sys/failure.ts";
import { print, printError } from "../sys/process/output.ts";
import { terminalWidth } from "../sys/process/terminal.ts";

interface Question {
  readonly operand: string;
  readonly at: string | undefined;
  readonly registry: Registry;
  readonly history: History;
}

interface UidReport {
  readonly rows: readonly object[];
  readonly table: string;
}

/** `dynuser uid ls` */
export async function listHeldUids(options: Options): Promise<number> {
  await report(options, listHeld);
  return 0;
}

/** `dynuser uid whois UID`; 1 when no name has or had it. */
export function whoisUid(options: Options): Promise<number> {
  return report(options, whoIs);
}

/** `dynuser uid history NAME`; 1 when it has had none. */
export function historyOfName(options: Options): Promise<number> {
  return report(options, historyOf);
}

async function report(options: Options, answer: (question: Question) => UidReport): Promise<number> {
  const { own: stateDir } = thisCaller();
  const registry = openRegistryAt(stateDir, await rulesOrDefault(`${stateDir}/cache`));
  const history = withContext("read the ledger", () => readHistory(registry));
  if (history.damaged.length > 0) reportDamage(history, registry);
  const { rows, table } = answer({ operand: options.rest[0] ?? "", at: options.get("at"), registry, history });
  print(options.has("json") ? JSON.stringify(rows, null, 2) : table);
  return rows.length > 0 ? 0 : 1;
}

/** Once for each line, as they are set aside. */
function reportDamage({ damaged }: History, registry: Registry): void {
  const aside = setDamagedAside(registry);
  for (const place of damaged) {
    const note = aside.includes(place) ? `, set aside in ${damagedFile(registry.paths.ledger)}` : "";
    printError(`cannot read a line of the ledger: found no record (${place})${note}`);
  }
}

function listHeld({ registry, history }: Question): UidReport {
  const rows = listUids(registry)
    .toSorted((a, b) => a - b)
    .flatMap((uid) => recordsOfUid(uid, registry, history));
  const table = inColumns(
    ["UID", "NAME", "STATE", "CONTAINERS"],
    rows.map(({ uid, name, state, containers, restSeconds }) => [
      String(uid),
      name,
      restSeconds === undefined ? state : `${state} (${restSeconds} s)`,
      containers.map(({ container }) => container).join(" "),
    ]),
    terminalWidth(),
  );
  return { rows, table };
}

/** UIDs in cooldown are listed as long as they are reserved for their name. */
function recordsOfUid(uid: number, registry: Registry, { periods }: History): readonly Held[] {
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
      const restSeconds = Math.ceil(registry.cooldownSeconds - state.seconds);
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
  /** The rest of the cooldown. */
  readonly restSeconds?: number;
}

function whoIs({ operand, at, history }: Question): UidReport {
  const uid = /^[0-9]{1,10}$/.test(operand) ? Number(operand) : undefined;
  if (uid === undefined) throw new UserError(`cannot read the operand: found ${quote(operand)}, expected a UID`);
  const ofUid = history.periods.filter((period) => period.uid === uid);
  return periodsAnswer(at === undefined ? latest(ofUid) : ofUid.filter((period) => covers(period, parseTime(at))));
}

/** The current holders, otherwise the last one. */
function latest(periods: readonly KnownPeriod[]): readonly KnownPeriod[] {
  const held = periods.filter(({ state }) => state === "holds");
  return held.length > 0 ? held : periods.slice(-1);
}

/** A period without a recorded end may cover every later time. */
function covers({ from, to }: KnownPeriod, time: number): boolean {
  return Date.parse(from) <= time && (to === undefined || time <= Date.parse(to));
}

function parseTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UserErrors([`cannot read --at: found ${quote(text)}, expected a time such as 2026-11-25T13:00:00Z`]);
}

function historyOf({ operand, history }: Question): UidReport {
  return periodsAnswer(history.periods.filter(({ name }) => name === operand));
}

function periodsAnswer(periods: readonly KnownPeriod[]): UidReport {
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
    terminalWidth(),
  );
  return { rows, table };
}
