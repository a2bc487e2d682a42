import { quote, UserError } from "../../errors.ts";
import type { Registry } from "../../identity/registry.ts";
import { print } from "../../sys/output.ts";
import { inColumns } from "../columns.ts";
import { openRegistryAt } from "../engineRegistry.ts";
import type { Options } from "../options.ts";
import { ownPlace } from "../place.ts";
import { rulesOrDefault } from "../rules.ts";
import { clean } from "./clean.ts";
import { findDirectories, KINDS, type Kind, type LastingDirectory } from "./directories.ts";
import { measure } from "./measure.ts";
import { migrate } from "./migrate.ts";

/** What is asked of the directories that an operand names. */
interface Verb {
  /** Without any all are meant. */
  readonly needsName: boolean;
  act(directories: readonly LastingDirectory[], registry: Registry): readonly object[];
  tabulate(rows: readonly object[]): string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  ls: { needsName: false, act: (directories) => directories, tabulate: list },
  show: { needsName: true, act: (directories) => directories.map(measure), tabulate: describeAll },
  path: { needsName: true, act: (directories) => directories, tabulate: paths },
  clean: { needsName: true, act: clean, tabulate: paths },
  migrate: { needsName: true, act: migrate, tabulate: paths },
};

/** `dynuser state VERB [NAME|PATH…]`: the directories that stay when their users have gone. */
export async function manageState(options: Options): Promise<number> {
  const [word = "", ...names] = options.rest;
  const verb = VERBS[word];
  if (verb === undefined) {
    throw new UserError(`cannot tell about state: found ${quote(word)}, expected ${Object.keys(VERBS).join(", ")}`);
  }
  if (verb.needsName && names.length === 0) throw new UserError(`cannot ${word} state: expected a name or a path`);
  const own = ownPlace();
  const registry = openRegistryAt(own, await rulesOrDefault(`${own}/cache`));
  const rows = verb.act(choose(findDirectories(registry), names, readKinds(options)), registry);
  print(options.has("json") ? JSON.stringify(rows, undefined, 2) : verb.tabulate(rows));
  return 0;
}

function readKinds(options: Options): readonly Kind[] {
  const words = options.all("what").flatMap((text) => text.split(","));
  const odd = words.find((word) => word !== "all" && !Object.hasOwn(KINDS, word));
  if (odd !== undefined) {
    throw new UserError(`cannot read --what: found ${quote(odd)}, expected ${Object.keys(KINDS).join(", ")} or all`);
  }
  const isAll = words.length === 0 || words.includes("all");
  return isAll ? (Object.keys(KINDS) as Kind[]) : (words as Kind[]);
}

/** @throws UserError for a name that nothing has */
function choose(
  all: readonly LastingDirectory[],
  names: readonly string[],
  kinds: readonly Kind[],
): readonly LastingDirectory[] {
  const wanted = all.filter(({ what }) => kinds.includes(what));
  if (names.length === 0) return wanted;
  return names.flatMap((name) => {
    const found = wanted.filter((one) => one.name === name || one.path === name || one.user === name);
    if (found.length > 0) return found;
    throw new UserError(`cannot find ${quote(name)}: found no such directory, expected one of dynuser state ls`);
  });
}

function list(rows: readonly object[]): string {
  return inColumns(
    ["WHAT", "NAME", "USER", "ENGINE", "LAST USE", "IN USE"],
    (rows as readonly LastingDirectory[]).map(({ what, name, user, engine, lastUse, inUse }) => [
      what,
      name,
      user ?? "",
      engine ?? "",
      lastUse ?? "",
      inUse ? "yes" : "no",
    ]),
  );
}

function paths(rows: readonly object[]): string {
  return (rows as readonly LastingDirectory[]).map(({ path }) => path).join("\n");
}

/** One line for each fact, a blank line between directories. */
function describeAll(rows: readonly object[]): string {
  return rows.map((row) => inLines(row)).join("\n\n");
}

function inLines(row: object): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n");
}
