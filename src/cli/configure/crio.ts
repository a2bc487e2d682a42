import { basename, dirname } from "node:path";
import { listDirectory, tryReadText } from "../../sys/files/files.ts";
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
import { at, nest, readToml, type Table, tableAt, writeToml } from "./toml.ts";

/** CRI-O merges drop-ins table by table. */
export const crio: Setup = {
  defaultPath: "/etc/crio/crio.conf",
  restart: "systemctl reload crio",
  runtimes: ["runc", "crun"],
  register: (configured, registration) =>
    changeDropIn(configured, withRuntime(registeredIn(configured), registration, entryFor(configured, registration))),
  unregister: (configured, name) => changeDropIn(configured, withoutRuntime(registeredIn(configured), name)),
  dump: dumpAt,
  majorVersion: () => majorVersionOf("crio"),
  check: (path, registration) => {
    const after = dumpAt(path);
    if (after !== undefined) return problemWhen(findWrong(after, registration));
    return findProgram("crio") === undefined ? { kind: "unknown" } : problemWhen("a file that crio refuses");
  },
  users: ({ name }) => usersOf(name),
};

function dumpAt(path: string): string | undefined {
  return dumpOf("crio", ["--config", path, "--config-dir", `${path}.d`, "config"]);
}

function findWrong(after: string, { name, path, isDefault }: Registration): string | undefined {
  const runtime = tableAt(readToml(after, "crio config"), "crio", "runtime");
  if (at(runtime, "runtimes", name, "runtime_path") !== path) return `no runtime ${name} with ${path}`;
  const isOther = isDefault && runtime["default_runtime"] !== name;
  return isOther ? `${String(runtime["default_runtime"])} as the default` : undefined;
}

function dropInOf({ path }: Configured): string {
  return `${dirname(path)}/${basename(path)}.d/50-dynuser.conf`;
}

function registeredIn(configured: Configured): Registered {
  const path = dropInOf(configured);
  const runtime = tableAt(readToml(configured.read(path) ?? "", path), "crio", "runtime");
  return { runtimes: tableAt(runtime, "runtimes"), defaultName: runtime["default_runtime"] as string | undefined };
}

function changeDropIn(configured: Configured, registered: Registered): readonly FileChange[] {
  const path = dropInOf(configured);
  const { runtimes, defaultName } = registered;
  const table = { runtimes, ...(defaultName !== undefined && { default_runtime: defaultName }) };
  const text = `# ${GENERATED_COMMENT}\n${writeToml(nest(table, "crio", "runtime"))}`;
  const change = { path, before: configured.read(path), after: isEmpty(registered) ? undefined : text };
  return change.before === change.after ? [] : [change];
}

/** Copies the monitor of the default runtime: without one CRI-O may not find conmon. */
function entryFor(configured: Configured, { name, path }: Registration): Table {
  const { runtime_path: _path, runtime_root: _root, runtime_type: _type, ...kept } = currentRuntime(configured);
  return { ...kept, runtime_path: path, runtime_type: "oci", runtime_root: `/run/${name}-${basename(path)}` };
}

function currentRuntime(configured: Configured): Table {
  const files = [configured.path, ...configured.list(`${configured.path}.d`)].filter(
    (path) => path !== dropInOf(configured),
  );
  const tables = files.map((path) => tableAt(readToml(configured.read(path) ?? "", path), "crio", "runtime"));
  const name = tables.map((table) => table["default_runtime"]).findLast((value) => value !== undefined) ?? "runc";
  const runtimes = tables.map((table) => tableAt(table, "runtimes", String(name)));
  return Object.assign({}, ...runtimes);
}

const CONTAINERS = ["/run/containers/storage/overlay-containers", "/run/containers/storage/vfs-containers"];

/** The config of each container names the handler of its pod. */
function usersOf(name: string): readonly string[] {
  const bundles = CONTAINERS.flatMap((place) =>
    listDirectory(place).map((id) => ({ id, config: tryReadText(`${place}/${id}/userdata/config.json`) ?? "" })),
  );
  const sign = `"io.kubernetes.cri-o.RuntimeHandler":${JSON.stringify(name)}`;
  return bundles.filter(({ config }) => config.replaceAll(/":\s+"/g, '":"').includes(sign)).map(({ id }) => id);
}
