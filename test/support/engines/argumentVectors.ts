import { GLOBAL_OPTIONS, type OptionRow, VERBS } from "../../../src/engine/runtime/options.ts";
import type { Random } from "../random.ts";

/**
 * Directories of bundles, and whether their configs ask for anything: a value that two parsers read differently names two of
 * them that differ in that.
 */
export const BUNDLES: Readonly<Record<string, boolean>> = {
  plain: false,
  asking: true,
  "=plain": true,
  "=asking": false,
  "undle=plain": true,
  "undle=asking": false,
  undle: true,
  "--": true,
  "-b": true,
  c: true,
  create: true,
};

/** IDs; the first one is held. */
export const IDS: readonly string[] = [
  "held",
  "c",
  "create",
  "./held",
  "x/../held",
  "-",
  "-b",
  "--",
  "asking",
  "--bundle",
];

const VALUES: readonly string[] = [
  ...Object.keys(BUNDLES),
  ...IDS,
  "config.json",
  "../top/asking",
  "1",
  "",
  "no",
  "false",
];

/** Descriptors of the caller: the bundle `asking`, and the runtime's directory. */
const OPENED = { bundle: ["/proc/self/fd/0", "/dev/stdin"], root: ["/proc/self/fd/3", "/dev/fd/3"] } as const;
const ROOTS = ["/run/crun", "/run/runc", "/var/run/crun", "/run/../run/runc", "../../run/crun", "state", ""] as const;

const DELETE: readonly OptionRow[] = [
  { name: "force", short: "f" },
  { name: "regex", short: "r", only: "crun" },
];

/** A random call: a plain one, a plain one with one oddity, or one of oddities alone. */
export function makeVector(random: Random): readonly string[] {
  const verb = random.pick([...Object.keys(VERBS), "create", "run", "create", "run", "run", "exec", "delete"]);
  const rows = VERBS[verb]?.options ?? DELETE;
  const [plain, odd] = [plainOptions, oddOptions].map((make) => (most: number) => make(random, rows, most));
  const id = random.pick(["c", "held"]);
  const rest = verb === "exec" ? ["id"] : verb === "mounts" ? ["x"] : [];
  const globals = plainOptions(random, GLOBAL_OPTIONS, 1);
  const before = [...globals, verb, ...plain!(2)];
  return random.pick<() => readonly string[]>([
    () => [...before, id, ...rest],
    () => [...before, ...odd!(1), ...plain!(1), id, ...rest],
    () => [...before, id, ...rest, ...plain!(2)],
    () => [...before, random.pick(IDS), ...rest],
    () => [...before, "--", id, ...rest],
    () => [...globals, ...oddOptions(random, GLOBAL_OPTIONS, 1), verb, ...plain!(2), id, ...rest],
    () => [...oddOptions(random, GLOBAL_OPTIONS, 2), verb, ...odd!(4), random.pick(IDS), ...rest, ...odd!(2)],
  ])();
}

function plainOptions(random: Random, rows: readonly OptionRow[], most: number): readonly string[] {
  const plain = rows.filter(({ prints }) => !prints);
  return plain.length === 0 ? [] : some(random, most, () => plainOption(random, random.pick(favoured(random, plain))));
}

function oddOptions(random: Random, rows: readonly OptionRow[], most: number): readonly string[] {
  return some(random, most, () => option(random, random.pick(favoured(random, rows))));
}

function some(random: Random, most: number, make: () => readonly string[]): readonly string[] {
  return Array.from({ length: random.below(most + 1) }, make).flat();
}

/** As engines write it. */
function plainOption(random: Random, row: OptionRow): readonly string[] {
  const name = row.short !== undefined && random.below(4) === 0 ? `-${row.short}` : `--${row.name}`;
  if (row.takes !== "value") return [name];
  const value = ["bundle", "root", "log"].includes(row.name) ? valueFor(random, row) : "v";
  return random.below(3) === 0 ? [`${name}=${value}`] : [name, value];
}

/** What names a container or a file is what matters. */
function favoured(random: Random, rows: readonly OptionRow[]): readonly OptionRow[] {
  const important = rows.filter(({ name }) =>
    ["bundle", "config", "process", "root", "resources", "detach"].includes(name),
  );
  return important.length > 0 && random.below(3) > 0 ? important : rows;
}

function option(random: Random, row: OptionRow): readonly string[] {
  const value = valueFor(random, row);
  const name = spell(random, row);
  const forms: readonly (() => readonly string[])[] = [
    () => [name, value],
    () => [name, value],
    () => [`${name}=${value}`],
    () => [`${name}=${value}`],
    () => [`${name}${value}`],
    ...(random.below(4) === 0 ? [() => [name]] : []),
  ];
  if (row.takes === undefined) return random.pick([() => [name], () => [name], () => [`${name}=${value}`]])();
  return random.pick(forms)();
}

function valueFor(random: Random, { name }: OptionRow): string {
  if (name === "bundle") return random.pick(["plain", "plain", "asking", ...OPENED.bundle, ...Object.keys(BUNDLES)]);
  if (name === "config")
    return random.pick(["config.json", "own.json", "asking/own.json", "plain/own.json", "../top/asking/own.json"]);
  if (name === "log") return "log";
  if (name === "process" || name === "resources") return random.pick(["p.json", "=p.json", "-"]);
  if (name === "root") return random.pick([...ROOTS, ...OPENED.root]);
  return random.pick(VALUES);
}

function spell(random: Random, { name, short }: OptionRow): string {
  const cut = name.slice(0, 1 + random.below(name.length));
  const letters =
    short === undefined ? `-${name}` : random.pick([`-${short}`, `-d${short}`, `-${short}d`, `-t${short}`]);
  if (random.below(2) === 0) return `--${name}`;
  return random.pick([`--${name}`, `-${name}`, `--${cut}`, letters, letters]);
}
