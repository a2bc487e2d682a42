import { dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import { appendBlock, changeDefault, restoreDefault, withoutBlock } from "./containerdText.ts";
import { refuseManaged } from "./managed.ts";
import { dumpOf, findProgram, majorVersionOf } from "./program.ts";
import { type Configured, type FileChange, MARK, type Registration, type Setup, wrongIf } from "./setup.ts";
import { usersOfShim } from "./shim.ts";
import { at, isSame, isTable, nest, readToml, type Table, tableAt, writeToml } from "./toml.ts";

/** Where the settings of CRI are, by the version of the file. */
const PLUGINS = { 2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime" } as const;
type Version = keyof typeof PLUGINS;

/**
 * A file of version 3 gets a drop-in, which containerd 2 merges table by table. Up to 1.7 an imported file replaces the
 * whole table of a plugin, so there the file itself is changed, and by no more than lines of ours at its end.
 */
export const containerd: Setup = {
  defaultPath: "/etc/containerd/config.toml",
  restart: "systemctl restart containerd",
  register: (configured, registration) => {
    const main = readMain(configured);
    refuseManaged(configured, () => describe(main.version, entryFor(main, configured, registration), registration));
    return main.version === 2
      ? changeInPlace(main, configured, registration)
      : addDropIn(main, configured, registration);
  },
  unregister: (configured) => {
    refuseManaged(configured, () => "");
    const { text, version } = readMain(configured);
    const after = version === 2 ? restoreDefault(withoutBlock(text)) : withoutOwnImports(text, configured);
    return changesOf([
      change(configured, configured.path, text === "" ? undefined : after),
      change(configured, dropInOf(configured.path), undefined),
    ]);
  },
  dump: dumpAt,
  majorVersion: () => majorVersionOf("containerd"),
  check: (path, registration, before) => {
    const after = dumpAt(path);
    if (after !== undefined) return wrongIf(findWrong(after, registration, before));
    return findProgram("containerd") === undefined ? { kind: "unknown" } : wrongIf("a file that containerd refuses");
  },
  users: ({ path }, { dump }) =>
    usersOfShim(path, String(at(readToml(dump ?? "", "dump"), "state") ?? "/run/containerd")),
};

interface Main {
  readonly text: string;
  readonly parsed: Table;
  readonly version: Version;
}

function readMain({ path, read, majorVersion }: Configured): Main {
  const text = read(path) ?? "";
  const parsed = readToml(text, path);
  const isEmpty = Object.keys(parsed).length === 0;
  const version = Number(parsed["version"] ?? (isEmpty ? ((majorVersion ?? 2) >= 2 ? 3 : 2) : 1));
  if (version === 1) {
    throw new UserError(
      `cannot change ${path}: found version 1, expected 2 or 3 (containerd config migrate shows how)`,
    );
  }
  if ((parsed["disabled_plugins"] as readonly string[] | undefined)?.some((name) => /(^|\.)cri$/.test(name))) {
    throw new UserError(`cannot change ${path}: found CRI in disabled_plugins, expected it to be on for Kubernetes`);
  }
  return { text, parsed, version: version === 2 ? 2 : 3 };
}

/** As the entry that runs containers now has it; without SystemdCgroup the kubelet and the runtime would disagree. */
function entryFor({ parsed, version }: Main, { dump }: Configured, { path }: Registration): Table {
  const source = dump === undefined ? parsed : readToml(dump, "containerd config dump");
  const cri = tableAt(source, "plugins", PLUGINS[pluginVersion(source, version)], "containerd");
  const {
    options,
    pod_annotations: annotations = [],
    ...rest
  } = tableAt(cri, "runtimes", nameOfCopied(String(cri["default_runtime_name"] ?? "runc"), cri));
  const { runtime_engine: _engine, runtime_root: _root, runtime_path: _path, ...kept } = rest;
  return {
    ...withoutEmpty(kept),
    runtime_type: "io.containerd.runc.v2",
    pod_annotations: [...new Set([...(annotations as readonly string[]), "dynuser/*"])],
    options: { ...withoutEmpty((options ?? {}) as Table), BinaryName: path },
  };
}

/** A dump is of the engine's own version, whatever the file's is. */
function pluginVersion(source: Table, version: Version): Version {
  return at(source, "plugins", PLUGINS[3]) !== undefined
    ? 3
    : at(source, "plugins", PLUGINS[2]) !== undefined
      ? 2
      : version;
}

function nameOfCopied(current: string, cri: Table): string {
  const binary = String(at(cri, "runtimes", current, "options", "BinaryName") ?? "");
  return binary.includes("dynuser") || at(cri, "runtimes", current) === undefined ? "runc" : current;
}

function withoutEmpty(table: Table): Table {
  const isEmpty = (value: unknown) =>
    value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(table).filter(([, value]) => !isEmpty(value)));
}

function describe(version: Version, entry: Table, { name, isDefault }: Registration): string {
  const cri = { runtimes: { [name]: entry }, ...(isDefault && { default_runtime_name: name }) };
  return writeToml(nest(cri, "plugins", PLUGINS[version], "containerd"));
}

function changeInPlace(main: Main, configured: Configured, registration: Registration): readonly FileChange[] {
  const { path } = configured;
  const { name, isDefault } = registration;
  const clean = restoreDefault(withoutBlock(main.text));
  const start = clean.trim() === "" ? "version = 2\n" : clean;
  if (at(readToml(start, path), "plugins", PLUGINS[2], "containerd", "runtimes", name) !== undefined) {
    throw new UserError(
      `cannot change ${path}: found a runtime ${quote(name)} that somebody else wrote, expected none`,
    );
  }
  const block = describe(2, entryFor(main, configured, registration), { ...registration, isDefault: false });
  const after = appendBlock(isDefault ? changeDefault(start, PLUGINS[2], name) : start, block);
  refuseUnlessSame(start, after, block, registration, path);
  return changesOf([change(configured, path, after)]);
}

/** What a change of the text means is read from it; where it is not what was meant, the file is of a kind that we do not know. */
function refuseUnlessSame(
  start: string,
  after: string,
  block: string,
  { name, isDefault }: Registration,
  path: string,
): void {
  const wanted = merge(readToml(start, path), readToml(block, path));
  const withDefault = isDefault
    ? merge(wanted, nest(name, "plugins", PLUGINS[2], "containerd", "default_runtime_name"))
    : wanted;
  if (isUnderstood(after, withDefault)) return;
  throw new UserError(
    `cannot change ${path}: found its tables written in a way that allows no more lines, expected [plugins."…"] headers`,
  );
}

function isUnderstood(text: string, wanted: Table): boolean {
  try {
    return isSame(readToml(text, ""), wanted);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function merge(a: Table, b: Table): Table {
  const merged: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = merged[key];
    merged[key] = isTable(old) && isTable(value) ? merge(old, value) : value;
  }
  return merged;
}

function addDropIn(main: Main, configured: Configured, registration: Registration): readonly FileChange[] {
  const { path } = configured;
  const dropIn = `version = 3\n\n# ${MARK}\n${describe(3, entryFor(main, configured, registration), registration)}`;
  return changesOf([change(configured, path, withImports(main, path)), change(configured, dropInOf(path), dropIn)]);
}

function dropInOf(path: string): string {
  return `${dirname(path)}/conf.d/50-dynuser.toml`;
}

/** The name of our directory goes first into the list that is there, or as a line of its own before the first table. */
function withImports({ text, parsed }: Main, path: string): string {
  const pattern = `${dirname(path)}/conf.d/*.toml`;
  const imports = (parsed["imports"] ?? []) as readonly string[];
  if (imports.includes(pattern)) return text;
  if (parsed["imports"] !== undefined) {
    const after = text.replace(FIRST_OF_LIST, `$1${JSON.stringify(pattern)}${imports.length > 0 ? "," : ""}`);
    if (isUnderstood(after, { ...parsed, imports: [pattern, ...imports] })) return after;
    throw new UserError(
      `cannot change ${path}: found imports that are no plain list, expected ${JSON.stringify(pattern)} in it`,
    );
  }
  const line = `imports = [${JSON.stringify(pattern)}] # ${MARK}\n`;
  if (parsed["version"] === undefined) return `version = 3\n${line}${text}`;
  return text.replace(/^(\s*version\s*=[^\n]*\n?)/m, (found) => `${found.replace(/\n?$/, "\n")}${line}`);
}

const FIRST_OF_LIST = /^(\s*imports\s*=\s*\[)/m;

/** What we added goes unless somebody else has files there too. */
function withoutOwnImports(text: string, { list, path }: Configured): string {
  const directory = `${dirname(path)}/conf.d`;
  if (list(directory).some((file) => file !== dropInOf(path))) return text;
  const line = new RegExp(`^imports = .* # ${MARK}\\n`, "m");
  if (line.test(text)) return text.replace(line, "");
  const pattern = JSON.stringify(`${directory}/*.toml`);
  return text.replace(/^(\s*imports\s*=\s*\[)("[^"]*"),?/m, (all, head, first) => (first === pattern ? head : all));
}

function dumpAt(path: string): string | undefined {
  return dumpOf("containerd", ["-c", path, "config", "dump"]);
}

function findWrong(
  after: string,
  { name, path, isDefault }: Registration,
  before: string | undefined,
): string | undefined {
  const read = (dump: string) => readToml(dump, "containerd config dump");
  const criOf = (source: Table) => tableAt(source, "plugins", PLUGINS[pluginVersion(source, 2)], "containerd");
  const cri = criOf(read(after));
  if (at(cri, "runtimes", name, "options", "BinaryName") !== path) return `no runtime ${quote(name)} with ${path}`;
  if (isDefault && cri["default_runtime_name"] !== name) return `${String(cri["default_runtime_name"])} as the default`;
  if (before === undefined) return undefined;
  return isSame(withoutOurs(read(before), name), withoutOurs(read(after), name))
    ? undefined
    : "other settings changed as well";
}

function withoutOurs(source: Table, name: string): Table {
  const plugin = PLUGINS[pluginVersion(source, 2)];
  const cri = tableAt(source, "plugins", plugin, "containerd");
  const { [name]: _ours, ...runtimes } = tableAt(cri, "runtimes");
  const { default_runtime_name: _default, ...rest } = cri;
  const plugins = tableAt(source, "plugins");
  const { imports: _imports, ...top } = source;
  return {
    ...top,
    plugins: { ...plugins, [plugin]: { ...tableAt(plugins, plugin), containerd: { ...rest, runtimes } } },
  };
}

function change({ read }: Configured, path: string, after: string | undefined): FileChange {
  return { path, before: read(path), after };
}

function changesOf(changes: readonly FileChange[]): readonly FileChange[] {
  return changes.filter(({ before, after }) => before !== after);
}
