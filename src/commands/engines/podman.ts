import { basename, dirname } from "node:path";
import { dumpOf, findProgram, majorVersionOf } from "./program.ts";
import { type Configured, MARK, type Registration, type Setup, wrongIf } from "./setup.ts";
import { at, nest, readToml, writeToml } from "./toml.ts";

/** What podman takes for runtimes that log in JSON when nobody has said anything (containers.conf(5)). */
const JSON_RUNTIMES = ["crun", "runc", "kata", "runsc", "youki", "krun", "ocijail"];

/** podman merges its drop-ins and reads them at every call. */
export const podman: Setup = {
  defaultPath: "/etc/containers/containers.conf",
  restart: undefined,
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
  dump: () => undefined,
  majorVersion: () => majorVersionOf("podman"),
  check: (file, { name, path }) => {
    // A file elsewhere is not podman's to look at.
    if (file !== podman.defaultPath || findProgram("podman") === undefined) return { kind: "unknown" };
    const found = dumpOf("podman", ["--runtime", name, "info", "--format", "{{.Host.OCIRuntime.Path}}"])?.trim();
    return wrongIf(found === path ? undefined : `${found || "nothing"} as ${name}`);
  },
  users,
};

function dropInOf({ path }: Configured): string {
  return `${dirname(path)}/${basename(path)}.d/50-dynuser.conf`;
}

/** A list of ours replaces the one that was there, and without it podman would not show why a container was refused. */
function describe(configured: Configured, { name, path, isDefault }: Registration) {
  const files = ["/usr/share/containers/containers.conf", configured.path, ...configured.list(`${configured.path}.d`)];
  const lists = files
    .filter((file) => file !== dropInOf(configured))
    .map((file) => at(readToml(configured.read(file) ?? "", file), "engine", "runtime_supports_json"));
  const known = (lists.findLast(Array.isArray) ?? JSON_RUNTIMES) as readonly string[];
  const engine = {
    ...(isDefault && { runtime: name }),
    runtime_supports_json: [...new Set([...known, name])],
    runtimes: { [name]: [path] },
  };
  return nest(engine, "engine");
}

/** Containers keep the name of their runtime for life. */
function users({ name }: Registration): readonly string[] {
  const ids = (dumpOf("podman", ["ps", "-aq", "--no-trunc"]) ?? "").split("\n").filter(Boolean);
  if (ids.length === 0) return [];
  const lines = dumpOf("podman", ["inspect", "--format", "{{.Id}} {{.OCIRuntime}}", ...ids]) ?? "";
  return lines.split("\n").flatMap((line) => (line.endsWith(` ${name}`) ? [line.split(" ")[0]!] : []));
}
