import { dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import { findWrong } from "./containerdCheck.ts";
import { PLUGINS, pluginVersion, type Version } from "./containerdPlugins.ts";
import { appendBlock, blockIn, changeDefault, defaultIn, restoreDefault, withoutBlock } from "./containerdText.ts";
import { registerManaged, unregisterManaged } from "./managed.ts";
import { dumpOf, findProgram, majorVersionOf } from "./program.ts";
import { isEmpty, type Registered, withoutRuntime, withRuntime } from "./registered.ts";
import {
  type Configured,
  type FileChange,
  GENERATED_COMMENT,
  problemWhen,
  type Registration,
  type Setup,
} from "./setup.ts";
import { usersOfShim } from "./shim.ts";
import { at, isUnderstood, merge, nest, readToml, type Table, tableAt, writeToml } from "./toml.ts";

/**
 * A file of version 3 gets a drop-in, which containerd 2 merges table by table. Up to 1.7 an imported file replaces the
 * whole table of a plugin, so there the file itself is changed: a marked block is added at its end.
 */
export const containerd: Setup = {
  defaultPath: "/etc/containerd/config.toml",
  restart: "systemctl restart containerd",
  runtimes: ["runc", "crun"],
  register: (configured, registration) => {
    const describe = (generated: Configured) => {
      const main = readMain(generated);
      return toTable(main.version, withRuntime(NONE, registration, entryFor(main, generated, registration)));
    };
    return registerManaged(configured, registration, describe) ?? registerIn(configured, registration);
  },
  unregister: (configured, name) => unregisterManaged(configured, name) ?? unregisterFrom(configured, name),
  dump: dumpAt,
  majorVersion: () => majorVersionOf("containerd"),
  check: (path, registration, before) => {
    const after = dumpAt(path);
    if (after !== undefined) return problemWhen(findWrong(after, registration, before));
    return findProgram("containerd") === undefined
      ? { kind: "unknown" }
      : problemWhen("a file that containerd refuses");
  },
  users: ({ path }, { dump }) =>
    usersOfShim(path, String(at(readToml(dump ?? "", "dump"), "state") ?? "/run/containerd")),
};

/** Which annotations of pods reach the runtime. */
const OWN_ANNOTATIONS = "dynuser/*";

function registerIn(configured: Configured, registration: Registration): readonly FileChange[] {
  const main = readMain(configured);
  const entry = entryFor(main, configured, registration);
  return changesFor(main, configured, withRuntime(registeredIn(main, configured), registration, entry));
}

function unregisterFrom(configured: Configured, name: string): readonly FileChange[] {
  const main = readMain(configured);
  return changesFor(main, configured, withoutRuntime(registeredIn(main, configured), name));
}

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

/** Copies the entry of the current default: without its SystemdCgroup the kubelet and the runtime would disagree. */
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
    pod_annotations: [...new Set([...(annotations as readonly string[]), OWN_ANNOTATIONS])],
    options: { ...withoutEmpty((options ?? {}) as Table), BinaryName: path },
  };
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

const NONE: Registered = { runtimes: {}, defaultName: undefined };

/** From the drop-in, or from the block in the main file. */
function registeredIn({ text, version }: Main, { read, path }: Configured): Registered {
  const source = version === 2 ? blockIn(text) : (read(dropInOf(path)) ?? "");
  const cri = tableAt(readToml(source, path), "plugins", PLUGINS[version], "containerd");
  const written = version === 2 ? defaultIn(text) : cri["default_runtime_name"];
  const own = Object.entries(tableAt(cri, "runtimes")).filter(([, entry]) => isOwn(entry));
  return { runtimes: Object.fromEntries(own), defaultName: written as string | undefined };
}

/** A block may also have copies of runtimes that are not dynuser's. */
function isOwn(entry: unknown): boolean {
  return tableAt(entry)["pod_annotations"]?.toString().split(",").includes(OWN_ANNOTATIONS) === true;
}

/**
 * containerd's own runtimes, which up to 1.7 are no more as soon as a file names another one: a file that names none gets
 * copies of them.
 */
function defaultsLost(start: string, { path, dump }: Configured, { runtimes }: Registered): Table {
  const inFile = tableAt(readToml(start, path), "plugins", PLUGINS[2], "containerd", "runtimes");
  if (dump === undefined || Object.keys(inFile).length > 0) return {};
  const all = tableAt(readToml(dump, "containerd config dump"), "plugins", PLUGINS[2], "containerd", "runtimes");
  return Object.fromEntries(
    Object.entries(all).filter(([name, entry]) => runtimes[name] === undefined && !isOwn(entry)),
  );
}

function changesFor(main: Main, configured: Configured, registered: Registered): readonly FileChange[] {
  return changesOf(
    main.version === 2 ? changeInPlace(main, configured, registered) : changeDropIn(main, configured, registered),
  );
}

function toTable(version: Version, { runtimes, defaultName }: Registered): string {
  const cri = { runtimes, ...(defaultName !== undefined && { default_runtime_name: defaultName }) };
  return writeToml(nest(cri, "plugins", PLUGINS[version], "containerd"));
}

function changeInPlace(main: Main, configured: Configured, registered: Registered): readonly FileChange[] {
  const { path } = configured;
  const { defaultName } = registered;
  const clean = restoreDefault(withoutBlock(main.text));
  if (isEmpty(registered)) return [change(configured, path, main.text === "" ? undefined : clean)];
  const start = clean.trim() === "" ? "version = 2\n" : clean;
  refuseForeign(start, registered, path);
  const runtimes = { ...defaultsLost(start, configured, registered), ...registered.runtimes };
  const block = toTable(2, { runtimes, defaultName: undefined });
  const text = defaultName === undefined ? start : changeDefault(start, PLUGINS[2], defaultName);
  const after = appendBlock(text, block);
  refuseUnlessSame(start, after, block, defaultName, path);
  return [change(configured, path, after)];
}

function refuseForeign(text: string, { runtimes }: Registered, path: string): void {
  const foreign = tableAt(readToml(text, path), "plugins", PLUGINS[2], "containerd", "runtimes");
  const name = Object.keys(runtimes).find((one) => foreign[one] !== undefined);
  if (name === undefined) return;
  throw new UserError(
    `cannot change ${path}: found a runtime ${quote(name)} that dynuser did not write, expected another --name`,
  );
}

/** Parses the changed text; refuses a file whose form makes the change mean something else. */
function refuseUnlessSame(
  start: string,
  after: string,
  block: string,
  defaultName: string | undefined,
  path: string,
): void {
  const wanted = merge(readToml(start, path), readToml(block, path));
  const withDefault =
    defaultName === undefined
      ? wanted
      : merge(wanted, nest(defaultName, "plugins", PLUGINS[2], "containerd", "default_runtime_name"));
  if (isUnderstood(after, withDefault)) return;
  throw new UserError(
    `cannot change ${path}: found its tables written in a way that allows no more lines, expected [plugins."…"] headers`,
  );
}

function changeDropIn(main: Main, configured: Configured, registered: Registered): readonly FileChange[] {
  const { path } = configured;
  if (isEmpty(registered)) {
    const text = main.text === "" ? undefined : withoutOwnImports(main.text, configured);
    return [change(configured, path, text), change(configured, dropInOf(path), undefined)];
  }
  const dropIn = `version = 3\n\n# ${GENERATED_COMMENT}\n${toTable(3, registered)}`;
  return [change(configured, path, withImports(main, path)), change(configured, dropInOf(path), dropIn)];
}

function dropInOf(path: string): string {
  return `${dirname(path)}/conf.d/50-dynuser.toml`;
}

/** Adds the directory to the list of imports, or as a new line before the first table. */
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
  const line = `imports = [${JSON.stringify(pattern)}] # ${GENERATED_COMMENT}\n`;
  if (parsed["version"] === undefined) return `version = 3\n${line}${text}`;
  return text.replace(/^(\s*version\s*=[^\n]*\n?)/m, (found) => `${found.replace(/\n?$/, "\n")}${line}`);
}

const FIRST_OF_LIST = /^(\s*imports\s*=\s*\[)/m;

/** Removes the import unless the directory has other files. */
function withoutOwnImports(text: string, { list, path }: Configured): string {
  const directory = `${dirname(path)}/conf.d`;
  if (list(directory).some((file) => file !== dropInOf(path))) return text;
  const line = new RegExp(`^imports = .* # ${GENERATED_COMMENT}\\n`, "m");
  if (line.test(text)) return text.replace(line, "");
  const pattern = JSON.stringify(`${directory}/*.toml`);
  return text.replace(/^(\s*imports\s*=\s*\[)("[^"]*"),?/m, (all, head, first) => (first === pattern ? head : all));
}

function dumpAt(path: string): string | undefined {
  return dumpOf("containerd", ["-c", path, "config", "dump"]);
}

function change({ read }: Configured, path: string, after: string | undefined): FileChange {
  return { path, before: read(path), after };
}

function changesOf(changes: readonly FileChange[]): readonly FileChange[] {
  return changes.filter(({ before, after }) => before !== after);
}
