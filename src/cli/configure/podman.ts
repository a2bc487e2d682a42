import { basename, dirname } from "node:path";
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
import { at, nest, readToml, tableAt, writeToml } from "./toml.ts";

/** The default of runtime_supports_json (containers.conf(5)). */
const JSON_RUNTIMES = ["crun", "runc", "kata", "runsc", "youki", "krun", "ocijail"];

/** podman merges drop-ins and reads them at every call. */
export const podman: Setup = {
  defaultPath: "/etc/containers/containers.conf",
  restart: undefined,
  runtimes: ["crun", "runc"],
  register: (configured, registration) =>
    changeDropIn(configured, withRuntime(registeredIn(configured), registration, [registration.path])),
  unregister: (configured, name) => changeDropIn(configured, withoutRuntime(registeredIn(configured), name)),
  dump: () => undefined,
  majorVersion: () => majorVersionOf("podman"),
  check: (file, { name, path }) => {
    // podman does not read a file elsewhere.
    if (file !== podman.defaultPath || findProgram("podman") === undefined) return { kind: "unknown" };
    const found = dumpOf("podman", ["--runtime", name, "info", "--format", "{{.Host.OCIRuntime.Path}}"])?.trim();
    return problemWhen(found === path ? undefined : `${found || "nothing"} as ${name}`);
  },
  users,
};

function dropInOf({ path }: Configured): string {
  return `${dirname(path)}/${basename(path)}.d/50-dynuser.conf`;
}

function registeredIn(configured: Configured): Registered {
  const path = dropInOf(configured);
  const engine = tableAt(readToml(configured.read(path) ?? "", path), "engine");
  return { runtimes: tableAt(engine, "runtimes"), defaultName: engine["runtime"] as string | undefined };
}

function changeDropIn(configured: Configured, registered: Registered): readonly FileChange[] {
  const path = dropInOf(configured);
  const text = `# ${GENERATED_COMMENT}\n${writeToml(toTable(configured, registered))}`;
  const change = { path, before: configured.read(path), after: isEmpty(registered) ? undefined : text };
  return change.before === change.after ? [] : [change];
}

/** The list replaces the earlier one, so it repeats it; without it podman would not show dynuser's errors. */
function toTable(configured: Configured, { runtimes, defaultName }: Registered) {
  const files = ["/usr/share/containers/containers.conf", configured.path, ...configured.list(`${configured.path}.d`)];
  const lists = files
    .filter((file) => file !== dropInOf(configured))
    .map((file) => at(readToml(configured.read(file) ?? "", file), "engine", "runtime_supports_json"));
  const known = (lists.findLast(Array.isArray) ?? JSON_RUNTIMES) as readonly string[];
  const engine = {
    ...(defaultName !== undefined && { runtime: defaultName }),
    runtime_supports_json: [...new Set([...known, ...Object.keys(runtimes)])],
    runtimes,
  };
  return nest(engine, "engine");
}

/** A container keeps the name of its runtime. */
function users({ name }: Registration): readonly string[] {
  const ids = (dumpOf("podman", ["ps", "-aq", "--no-trunc"]) ?? "").split("\n").filter(Boolean);
  if (ids.length === 0) return [];
  const lines = dumpOf("podman", ["inspect", "--format", "{{.Id}} {{.OCIRuntime}}", ...ids]) ?? "";
  return lines.split("\n").flatMap((line) => (line.endsWith(` ${name}`) ? [line.split(" ")[0]!] : []));
}
