import { basename, dirname } from "node:path";
import { listDirectory, tryReadText } from "../../sys/files.ts";
import { dumpOf, findProgram, majorVersionOf } from "./program.ts";
import { type Configured, MARK, type Registration, type Setup, wrongIf } from "./setup.ts";
import { at, nest, readToml, type Table, tableAt, writeToml } from "./toml.ts";

/** CRI-O merges its drop-ins table by table. */
export const crio: Setup = {
  defaultPath: "/etc/crio/crio.conf",
  restart: "systemctl reload crio",
  register: (configured, registration) => {
    const path = dropInOf(configured);
    const after = `# ${MARK}\n${writeToml(describe(configured, registration))}`;
    return [{ path, before: configured.read(path), after }].filter((one) => one.before !== after);
  },
  unregister: (configured) => {
    const path = dropInOf(configured);
    const before = configured.read(path);
    return before === undefined ? [] : [{ path, before, after: undefined }];
  },
  dump: dumpAt,
  majorVersion: () => majorVersionOf("crio"),
  check: (path, registration) => {
    const after = dumpAt(path);
    if (after !== undefined) return wrongIf(findWrong(after, registration));
    return findProgram("crio") === undefined ? { kind: "unknown" } : wrongIf("a file that crio refuses");
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

/** The monitor is the one that the default runtime has: without any CRI-O may look for conmon in vain. */
function describe(configured: Configured, { name, path, isDefault }: Registration): Table {
  const current = currentRuntime(configured);
  const { runtime_path: _path, runtime_root: _root, runtime_type: _type, ...kept } = current;
  const entry = {
    ...kept,
    runtime_path: path,
    runtime_type: "oci",
    runtime_root: `/run/${name}-${basename(path)}`,
  };
  return nest({ runtimes: { [name]: entry }, ...(isDefault && { default_runtime: name }) }, "crio", "runtime");
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

/** A pod's handler stands in the config of each of its containers. */
function usersOf(name: string): readonly string[] {
  const bundles = CONTAINERS.flatMap((place) =>
    listDirectory(place).map((id) => ({ id, config: tryReadText(`${place}/${id}/userdata/config.json`) ?? "" })),
  );
  const sign = `"io.kubernetes.cri-o.RuntimeHandler":${JSON.stringify(name)}`;
  return bundles.filter(({ config }) => config.replaceAll(/":\s+"/g, '":"').includes(sign)).map(({ id }) => id);
}
