import type { Facts } from "../../src/model/facts.ts";
import type { CapabilitySet, DeviceRule, Mount, Resources, Spec } from "../../src/oci/spec.ts";
import { canWrite, shownAt } from "./bundles/mountSimulation.ts";
import { evaluateProfile } from "./seccomp/seccompModel.ts";

/** Where the comparison looks: paths in the container, system calls, device nodes. */
export interface Samples {
  readonly paths: readonly string[];
  readonly calls: readonly { readonly name: string; readonly args: readonly bigint[] }[];
  readonly devices: readonly Node[];
}

interface Node {
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
}

/** What a container of `after` may do and one of `before` may not; empty when rights were only taken. */
export function rightsGained(
  before: Spec,
  after: Spec,
  facts: Facts,
  samples: Samples,
  calls: "how strictly" | "whether it is executed" = "how strictly",
): readonly string[] {
  return [
    ...userGains(before, after),
    ...capabilityGains(before, after),
    ...limitGains(before, after, facts),
    ...namespaceGains(before, after),
    ...deviceGains(before, after, samples.devices),
    ...resourceGains(before, after),
    ...callGains(before, after, samples.calls, calls),
    ...writableGains(before, after, facts, samples.paths),
    ...visibleGains(before, after, facts, samples.paths),
    ...mountGains(before, after, facts),
    ...kernelGains(before, after, facts),
  ];
}

function userGains({ process: before }: Spec, { process: after }: Spec): readonly string[] {
  const groups = new Set(before?.user.additionalGids ?? []);
  return gains({
    "another user": after?.user.uid !== before?.user.uid || after?.user.gid !== before?.user.gid,
    "more groups": !(after?.user.additionalGids ?? []).every((gid) => groups.has(gid)),
    "new privileges": before?.noNewPrivileges === true && after?.noNewPrivileges !== true,
    "another label": after?.selinuxLabel !== before?.selinuxLabel || after?.apparmorProfile !== before?.apparmorProfile,
  });
}

const SETS: readonly CapabilitySet[] = ["bounding", "effective", "permitted", "inheritable", "ambient"];

function capabilityGains({ process: before }: Spec, { process: after }: Spec): readonly string[] {
  return SETS.flatMap((set) =>
    (after?.capabilities?.[set] ?? [])
      .filter((name) => !(before?.capabilities?.[set] ?? []).includes(name))
      .map((name) => `${name} in ${set}`),
  );
}

function limitGains({ process: before }: Spec, { process: after }: Spec, facts: Facts): readonly string[] {
  const most = (type: string) =>
    BigInt((before?.rlimits?.find((one) => one.type === type)?.hard as bigint) ?? facts.hardLimit(type));
  return (after?.rlimits ?? []).filter(({ type, hard }) => BigInt(hard as bigint) > most(type)).map(({ type }) => type);
}

/** No namespace is replaced by the host's or by another container's. */
function namespaceGains({ linux: before }: Spec, { linux: after }: Spec): readonly string[] {
  const had = before?.namespaces ?? [];
  const has = after?.namespaces ?? [];
  return [
    ...had.filter(({ type }) => !has.some((one) => one.type === type)).map(({ type }) => `the host's ${type}`),
    ...has
      .filter(({ type, path }) => path !== undefined && !had.some((one) => one.type === type && one.path === path))
      .map(({ path }) => `joins ${path}`),
  ];
}

function deviceGains({ linux: before }: Spec, { linux: after }: Spec, nodes: readonly Node[]): readonly string[] {
  const had = new Set((before?.devices ?? []).map(({ path }) => path));
  const opened = nodes.flatMap((node) =>
    ["r", "w", "m"]
      .filter(
        (access) =>
          allows(after?.resources?.devices, node, access) && !allows(before?.resources?.devices, node, access),
      )
      .map((access) => `${access} of ${node.type} ${node.major}:${node.minor}`),
  );
  return [...(after?.devices ?? []).filter(({ path }) => !had.has(path)).map(({ path }) => path), ...opened];
}

/** A limit of the engine's is not lifted; -1 is none. */
function resourceGains({ linux: before }: Spec, { linux: after }: Spec): readonly string[] {
  const most = (limit: unknown) =>
    limit === undefined || Number(limit) < 0 ? Number.POSITIVE_INFINITY : Number(limit);
  const [had, has] = [before?.resources, after?.resources];
  return gains({
    "more memory": most(has?.memory?.limit) > most(had?.memory?.limit),
    "more tasks": most(has?.pids?.limit) > most(had?.pids?.limit),
    "more processor time": shareOf(has) > shareOf(had),
  });
}

/** Processors at most. */
function shareOf(resources: Resources | undefined): number {
  const { quota, period = 100_000 } = resources?.cpu ?? {};
  return quota === undefined || Number(quota) < 0 ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
}

/** The last rule that matches; without rules everything is allowed. */
function allows(rules: readonly DeviceRule[] | undefined, node: Node, access: string): boolean {
  const rule = rules?.findLast(
    (one) =>
      (one.type === undefined || one.type === "a" || one.type === node.type) &&
      (one.major === undefined || one.major < 0 || one.major === node.major) &&
      (one.minor === undefined || one.minor < 0 || one.minor === node.minor) &&
      (one.access ?? "rwm").includes(access),
  );
  return rule?.allow ?? rules === undefined;
}

const STRICTEST_FIRST = ["KILL_PROCESS", "KILL", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW"];

function callGains(before: Spec, after: Spec, calls: Samples["calls"], what: string): readonly string[] {
  const least = what === "how strictly" ? 0 : STRICTEST_FIRST.indexOf("TRACE");
  const rank = ({ linux }: Spec, call: Samples["calls"][number]) =>
    Math.max(least, STRICTEST_FIRST.indexOf(evaluateProfile(linux?.seccomp, call, "strictest").split(" ")[0]!));
  const had = before.linux?.seccomp?.architectures;
  const more = (after.linux?.seccomp?.architectures ?? []).filter((one) => had !== undefined && !had.includes(one));
  return [
    ...more,
    ...calls.filter((call) => rank(after, call) > rank(before, call)).map((call) => `${call.name}(${call.args})`),
  ];
}

/** A private directory that was empty at the start is no right over anything but memory. */
function writableGains(before: Spec, after: Spec, facts: Facts, paths: readonly string[]): readonly string[] {
  const [could, can] = [canWrite(before, facts), canWrite(after, facts)];
  return paths
    .filter((path) => can(path) && !could(path) && !isFresh(after, before, path))
    .map((path) => `writes ${path}`);
}

/** What was hidden stays hidden; another thing is seen only if it is empty at first or the container's own. */
function visibleGains(before: Spec, after: Spec, facts: Facts, paths: readonly string[]): readonly string[] {
  const [saw, sees] = [shownAt(before, facts), shownAt(after, facts)];
  const isOwn = (origin: string) => /^new |^\/run\/dynuser\/|\/dynuser-(?:private-|containers\/)/.test(origin);
  // where a user namespace may not mount sysfs
  const isSysfs = (path: string) => sees(path) === path && path.startsWith("/sys/");
  return paths
    .filter((path) => sees(path) !== saw(path) && !isOwn(sees(path)) && !isSysfs(path))
    .map((path) => `sees ${sees(path)} at ${path}`);
}

function isFresh(after: Spec, before: Spec, path: string): boolean {
  const mount = (after.mounts ?? []).findLast(({ destination }) => isAtOrBelow(path, destination));
  return mount !== undefined && !(before.mounts ?? []).includes(mount) && isEmptyAtFirst(mount);
}

function isEmptyAtFirst({ type, source = "" }: Mount): boolean {
  return type === "tmpfs" || source.includes("/dynuser-private-");
}

/** New mounts show what the container has already, with no flag less, or nothing. */
function mountGains(before: Spec, after: Spec, facts: Facts): readonly string[] {
  const had = new Set((before.mounts ?? []).map((mount) => JSON.stringify(mount)));
  return (after.mounts ?? [])
    .filter((mount) => !had.has(JSON.stringify(mount)))
    .flatMap((mount) => [...sourceGains(mount, before, facts), ...flagGains(mount, before)]);
}

function sourceGains(mount: Mount, before: Spec, { rootfs }: Facts): readonly string[] {
  const { source = "", destination, type, options = [] } = mount;
  const isKnown =
    // its IPC namespace; its control groups, read-only
    type === "mqueue" ||
    type === "bpf" ||
    (type === "cgroup" && options.includes("ro")) ||
    isEmptyAtFirst(mount) ||
    isAtOrBelow(source, "/run/dynuser") ||
    source === `${rootfs.path}${destination}` ||
    isAtOrBelow(source.replace(/^\/(?:run|var\/(?:lib|cache|log))\/(?:private\/)?/, ""), "dynuser-containers") ||
    (before.mounts ?? []).some((one) => one.destination === destination && one.source === source) ||
    // a user namespace may not mount sysfs where the network is another's: the host's, read-only
    (source === "/sys" && destination === "/sys" && options.some((option) => /^r?ro$/.test(option)));
  return isKnown ? [] : [`shows ${source} at ${destination}`];
}

/** Our own empty files have nothing that could be run, and a new file system no set-user-ID file of another user. */
function flagGains({ type, source = "", destination, options = [] }: Mount, before: Spec): readonly string[] {
  if (isAtOrBelow(source, "/run/dynuser/inaccessible")) return [];
  const covered = (before.mounts ?? []).findLast((one) => isAtOrBelow(destination, one.destination));
  return ["nosuid", "nodev", "noexec"]
    .filter((flag) => flag !== "nosuid" || type !== "tmpfs")
    .filter((flag) => covered?.options?.includes(flag) && !options.includes(flag) && !options.includes(`r${flag}`))
    .map((flag) => `no ${flag} at ${destination}`);
}

function kernelGains({ linux: before, hooks }: Spec, after: Spec, facts: Facts): readonly string[] {
  // a path may be read-only by one above it
  const can = canWrite(after, facts);
  const lost = (had: readonly string[] = [], has: readonly string[] = []) => had.filter((path) => !has.includes(path));
  const sysctls = Object.entries(after.linux?.sysctl ?? {}).filter(([key, value]) => before?.sysctl?.[key] !== value);
  return [
    ...lost(before?.maskedPaths, after.linux?.maskedPaths).map((path) => `sees ${path}`),
    ...lost(before?.readonlyPaths, after.linux?.readonlyPaths)
      .filter(can)
      .map((path) => `may write ${path}`),
    ...sysctls.map(([key]) => `sets ${key}`),
    ...gains({ "other hooks": JSON.stringify(after.hooks) !== JSON.stringify(hooks) }),
  ];
}

function isAtOrBelow(path: string, place: string): boolean {
  return place === "/" || `${path}/`.startsWith(`${place}/`);
}

function gains(found: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(found).flatMap(([what, isGained]) => (isGained ? [what] : []));
}
