import type { Facts } from "../../src/facts.ts";
import type { CapabilitySet, DeviceRule, Mount, Spec } from "../../src/oci/spec.ts";
import { canWrite } from "./mountSimulation.ts";
import { evaluateProfile } from "./seccompModel.ts";

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
export function rightsGained(before: Spec, after: Spec, facts: Facts, samples: Samples): readonly string[] {
  return [
    ...userGains(before, after),
    ...capabilityGains(before, after),
    ...limitGains(before, after, facts),
    ...namespaceGains(before, after),
    ...deviceGains(before, after, samples.devices),
    ...resourceGains(before, after),
    ...callGains(before, after, samples.calls),
    ...writableGains(before, after, facts, samples.paths),
    ...mountGains(before, after, facts),
    ...kernelGains(before, after),
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

/** None is left for the host's, none of somebody else's is joined. */
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
  });
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

function callGains(before: Spec, after: Spec, calls: Samples["calls"]): readonly string[] {
  const rank = ({ linux }: Spec, call: Samples["calls"][number]) =>
    STRICTEST_FIRST.indexOf(evaluateProfile(linux?.seccomp, call, "strictest").split(" ")[0]!);
  const had = before.linux?.seccomp?.architectures;
  const more = (after.linux?.seccomp?.architectures ?? []).filter((one) => had !== undefined && !had.includes(one));
  return [
    ...more,
    ...calls.filter((call) => rank(after, call) > rank(before, call)).map((call) => `${call.name}(${call.args})`),
  ];
}

/** Room of its own that was empty at the start is no right over anything but memory. */
function writableGains(before: Spec, after: Spec, facts: Facts, paths: readonly string[]): readonly string[] {
  const [could, can] = [canWrite(before, facts), canWrite(after, facts)];
  return paths
    .filter((path) => can(path) && !could(path) && !isFresh(after, before, path))
    .map((path) => `writes ${path}`);
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
    // of its own IPC namespace; its own control groups, to look at
    type === "mqueue" ||
    (type === "cgroup" && options.includes("ro")) ||
    isEmptyAtFirst(mount) ||
    isAtOrBelow(source, "/run/dynuser") ||
    source === `${rootfs.path}${destination}` ||
    (before.mounts ?? []).some((one) => one.destination === destination && one.source === source) ||
    // a user namespace may not mount sysfs where the network is another's: the host's, read-only
    (source === "/sys" && destination === "/sys" && options.some((option) => /^r?ro$/.test(option)));
  return isKnown ? [] : [`shows ${source} at ${destination}`];
}

/** Our own empty files have nothing that could be run. */
function flagGains({ source = "", destination, options = [] }: Mount, before: Spec): readonly string[] {
  if (isAtOrBelow(source, "/run/dynuser/inaccessible")) return [];
  const covered = (before.mounts ?? []).findLast((one) => isAtOrBelow(destination, one.destination));
  return ["nosuid", "nodev", "noexec"]
    .filter((flag) => covered?.options?.includes(flag) && !options.includes(flag) && !options.includes(`r${flag}`))
    .map((flag) => `no ${flag} at ${destination}`);
}

function kernelGains({ linux: before, hooks }: Spec, after: Spec): readonly string[] {
  const lost = (had: readonly string[] = [], has: readonly string[] = []) => had.filter((path) => !has.includes(path));
  const sysctls = Object.entries(after.linux?.sysctl ?? {}).filter(([key, value]) => before?.sysctl?.[key] !== value);
  return [
    ...lost(before?.maskedPaths, after.linux?.maskedPaths).map((path) => `sees ${path}`),
    ...lost(before?.readonlyPaths, after.linux?.readonlyPaths).map((path) => `may write ${path}`),
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
