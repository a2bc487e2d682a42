import { type MountTable, mountOf, parseMounts } from "../bundles/mountTable.ts";

/** What the probe saw. */
export interface Observation {
  /** `field → value`, but for mounts. */
  readonly fields: ReadonlyMap<string, string>;
  readonly mounts: MountTable;
}

/** What the service's surroundings look like from outside, to recognise what is the service's own. */
export interface Surroundings {
  readonly mounts: MountTable;
  /** `mnt` → `mnt:[4026531840]` */
  readonly namespaces: ReadonlyMap<string, string>;
}

/** Undefined when the probe did not run to its end. */
export function observe(output: string, outside: Surroundings): Observation | undefined {
  const fields = new Map(output.split("\n").map(splitLine));
  if (!fields.has("end")) return undefined;
  const observed = new Map<string, string>();
  for (const [name, value] of fields) {
    if (name === "" || name === "end" || name === "mounts") continue;
    if (name === "environment") addEnvironment(observed, decode(value));
    else observed.set(name, describe(name, value, outside));
  }
  return { fields: observed, mounts: parseMounts(decode(fields.get("mounts"))) };
}

/** `mount:PATH → what is there`, for all places where one of the two has something mounted. */
export function describeMounts(
  mounts: MountTable,
  paths: readonly string[],
  outside: Surroundings,
): ReadonlyMap<string, string> {
  return new Map(paths.map((path) => [`mount:${path}`, describeMount(mounts, path, outside.mounts)]));
}

function splitLine(line: string): readonly [string, string] {
  const tab = line.indexOf("\t");
  return tab < 0 ? ["", ""] : [line.slice(0, tab), line.slice(tab + 1)];
}

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString();
}

function addEnvironment(observed: Map<string, string>, text: string): void {
  for (const variable of text.split("\0").filter((entry) => entry !== "")) {
    const equals = variable.indexOf("=");
    observed.set(`environment:${variable.slice(0, equals)}`, variable.slice(equals + 1));
  }
}

function describe(name: string, value: string, outside: Surroundings): string {
  const [field, type] = name.split(":");
  if (field !== "namespace" || type === undefined) return value;
  return outside.namespaces.get(type) === value ? "the host's" : "its own";
}

/** Which file system, which part of it, with which flags; propagation and access times are left out. */
function describeMount(table: MountTable, path: string, outside: MountTable): string {
  const mount = mountOf(table, path);
  const host = outside.find(({ device }) => device === mount.device);
  const flags = mount.options.filter((option) => !option.includes("atime") && option !== "rw");
  if (host === undefined) return [mount.type, "own", ...sizes(mount.superOptions), ...flags].join(" ");
  const part = mount.shown + path.slice(mount.path === "/" ? 0 : mount.path.length);
  return [mount.type, `${part.replaceAll(/\/+/g, "/")} of the host's ${host.path}`, ...flags].join(" ");
}

/** The mode is known from what stands there, and which part of a file system is shown cannot be seen when it is new. */
function sizes(options: readonly string[]): readonly string[] {
  return options.filter((option) => /^(?:ro$|size|nr_inodes|hidepid|subset)/.test(option)).sort();
}
