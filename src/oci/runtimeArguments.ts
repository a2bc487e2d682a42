/**
 * The command line of an OCI runtime as engines write it: podman and conmon, containerd's shim, CRI-O, BuildKit,
 * buildah and people. crun reads it with argp (abbreviations, `-bDIR`, `-td`), runc with Go's flags (`-bundle DIR`,
 * `--detach=true`); both stop at the first word that is no option.
 */
export interface RuntimeArguments {
  /** Absent when only global options are there, as in `--version`. */
  readonly verb?: string;
  readonly id?: string;
  readonly options: readonly Option[];
  /** What follows the id: the command of `exec`. */
  readonly rest: readonly string[];
  /** An option that nobody knows and that may therefore hide a verb or a bundle. */
  readonly unknown?: string;
}

export interface Option {
  /** The long name without dashes. */
  readonly name: string;
  readonly value?: string;
}

/** The last one wins, as in both runtimes. */
export function optionOf(call: RuntimeArguments, name: string): string | undefined {
  return call.options.findLast((option) => option.name === name)?.value;
}

export function optionsOf(call: RuntimeArguments, name: string): readonly string[] {
  return call.options.flatMap((option) => (option.name === name ? [option.value ?? ""] : []));
}

type Takes = "value" | "nothing" | "maybe";
type Table = Readonly<Record<string, Takes>>;

const GLOBAL = {
  log: "value",
  "log-format": "value",
  "log-level": "value",
  root: "value",
  rootless: "value",
  criu: "value",
  "cgroup-manager": "value",
  debug: "nothing",
  "systemd-cgroup": "nothing",
  version: "nothing",
  help: "nothing",
  usage: "nothing",
} as const satisfies Table;

const CREATE = {
  bundle: "value",
  config: "value",
  "console-socket": "value",
  "pid-file": "value",
  "pidfd-socket": "value",
  "preserve-fds": "value",
  "no-pivot": "nothing",
  "no-new-keyring": "nothing",
  "no-subreaper": "nothing",
  keep: "nothing",
  detach: "nothing",
  help: "nothing",
  usage: "nothing",
} as const satisfies Table;

const EXEC = {
  process: "value",
  "console-socket": "value",
  cwd: "value",
  env: "value",
  user: "value",
  "additional-gids": "value",
  "pid-file": "value",
  "process-label": "value",
  apparmor: "value",
  cap: "value",
  "preserve-fds": "value",
  cgroup: "value",
  tty: "maybe",
  detach: "nothing",
  "no-new-privs": "nothing",
  "ignore-paused": "nothing",
  help: "nothing",
  usage: "nothing",
} as const satisfies Table;

const RESTORE = {
  ...CREATE,
  "image-path": "value",
  "work-path": "value",
  "parent-path": "value",
  "manage-cgroups-mode": "value",
  "empty-ns": "value",
  "lsm-profile": "value",
  "lsm-mount-context": "value",
  "tcp-established": "nothing",
  "ext-unix-sk": "nothing",
  "shell-job": "nothing",
  "file-locks": "nothing",
  "auto-dedup": "nothing",
  "lazy-pages": "nothing",
} as const satisfies Table;

/** The verbs that start a process; the others need nothing of us but their name. */
const VERBS: Readonly<Record<string, Table>> = { create: CREATE, run: CREATE, restore: RESTORE, exec: EXEC };

const SHORT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": { h: "help", "?": "help", v: "version", V: "version" },
  create: { b: "bundle", f: "config", d: "detach", h: "help", "?": "help" },
  run: { b: "bundle", f: "config", d: "detach", h: "help", "?": "help" },
  restore: { b: "bundle", d: "detach", h: "help", "?": "help" },
  exec: {
    p: "process",
    e: "env",
    u: "user",
    g: "additional-gids",
    c: "cap",
    t: "tty",
    d: "detach",
    h: "help",
    "?": "help",
  },
};

/** Never throws: what cannot be read is told in `unknown`, after everything before it has been read. */
export function parseRuntimeArguments(words: readonly string[]): RuntimeArguments {
  const globals = parseOptions(words, GLOBAL, SHORT[""]!);
  const [verb, ...afterVerb] = globals.rest;
  if (globals.unknown !== undefined || verb === undefined) return globals;
  const table = VERBS[verb];
  if (table === undefined) return { ...globals, verb, rest: afterVerb };
  const own = parseOptions(afterVerb, table, SHORT[verb]!);
  const options = [...globals.options, ...own.options];
  const [id, ...rest] = own.rest;
  return { ...own, verb, options, rest: own.unknown === undefined ? rest : [], ...(id === undefined ? {} : { id }) };
}

interface Parsed {
  readonly options: readonly Option[];
  readonly rest: readonly string[];
  readonly unknown?: string;
}

function parseOptions(words: readonly string[], table: Table, short: Readonly<Record<string, string>>): Parsed {
  const options: Option[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") return { options, rest: words.slice(index + 1) };
    if (word === "-" || !word.startsWith("-")) return { options, rest: words.slice(index) };
    const found = readOption(word, table, short);
    if (found === undefined) return { options, rest: [], unknown: word };
    const needsValue = found.findLast(({ name, value }) => table[name] === "value" && value === undefined);
    options.push(...found.filter((option) => option !== needsValue));
    if (needsValue === undefined) continue;
    index++;
    if (index >= words.length) return { options, rest: [], unknown: word };
    options.push({ name: needsValue.name, value: words[index]! });
  }
  return { options, rest: [] };
}

/** One word: `--name`, `--name=value`, `-name`, `-n`, `-nvalue` or several short ones at once. */
function readOption(
  word: string,
  table: Table,
  short: Readonly<Record<string, string>>,
): readonly Option[] | undefined {
  const [, dashes, text, value] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (dashes === undefined || text === undefined) return undefined;
  const name = longName(text, table) ?? short[text];
  if (name !== undefined) return [value === undefined ? { name } : { name, value }];
  return dashes === "-" ? readCluster(word.slice(1), table, short) : undefined;
}

function longName(text: string, table: Table): string | undefined {
  if (Object.hasOwn(table, text)) return text;
  const candidates = Object.keys(table).filter((name) => text.length > 1 && name.startsWith(text));
  return candidates.length === 1 ? candidates[0] : undefined;
}

function readCluster(
  letters: string,
  table: Table,
  short: Readonly<Record<string, string>>,
): readonly Option[] | undefined {
  const options: Option[] = [];
  for (let index = 0; index < letters.length; index++) {
    const name = short[letters[index]!];
    if (name === undefined) return undefined;
    const glued = letters.slice(index + 1);
    if (table[name] !== "nothing" && glued !== "") return [...options, { name, value: glued }];
    options.push({ name });
  }
  return options;
}
