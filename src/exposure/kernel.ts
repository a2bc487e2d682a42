import type { Device, DeviceRule, Mount } from "../oci/spec.ts";
import { expandCalls } from "../values/systemCalls.ts";
import { hostPathOf } from "./access.ts";
import type { Assess } from "./assessor.ts";
import type { Evidence } from "./evidence.ts";

/** Assessors of access to the kernel and its devices. */
export const KERNEL = {
  PrivateDevices: (evidence) => Number(reachesDevices(evidence)),
  DeviceAllow: ({ spec }) => assessDeviceRules(spec.linux?.resources?.devices ?? []),
  ProtectControlGroups: (evidence) => Number(isWritable("/sys/fs/cgroup", evidence)),
  Delegate: ({ spec }) => Number((spec.mounts ?? []).some(isWritableCgroup)),
  ProtectKernelTunables: (evidence) => Number(TUNABLES.some((path) => isWritable(path, evidence))),
  ProtectKernelModules: (evidence) =>
    Number(has(evidence, "CAP_SYS_MODULE") || mayCallAny("@module", evidence) || sees("/usr/lib/modules", evidence)),
  ProtectKernelLogs: (evidence) =>
    Number(has(evidence, "CAP_SYSLOG") || evidence.calls.mayCall("syslog") || sees("/dev/kmsg", evidence)),
  ProtectClock: (evidence) =>
    Number(has(evidence, "CAP_SYS_TIME") || has(evidence, "CAP_WAKE_ALARM") || mayCallAny("@clock", evidence)),
  ProtectHostname: ({ namespace, calls }) =>
    Number(namespace("uts") === undefined || calls.mayCall("sethostname") || calls.mayCall("setdomainname")),
  ProtectProc: assessProc,
  ProcSubset: ({ spec }) => Number(!procMount(spec.mounts)?.options?.includes("subset=pid")),
} as const satisfies Record<string, Assess>;

const TUNABLES = ["/proc/sys", "/proc/sysrq-trigger", "/proc/bus", "/proc/fs", "/proc/irq", "/sys"];

function has({ capabilities }: Evidence, capability: string): boolean {
  return capabilities.has(capability);
}

function mayCallAny(group: string, { calls, subject }: Evidence): boolean {
  return [...expandCalls([group])].some((call) => subject.isNativeCall(call) && calls.mayCall(call));
}

/** In an image, /proc and /sys exist only if they are mounted; a missing one gives no access. */
function isWritable(path: string, { at, subject }: Evidence): boolean {
  const { access, mount } = at(path);
  return access === "writable" && (mount !== undefined || (subject.isHostRoot && subject.exists(path)));
}

/** Whether the host shows the path and nothing hides it. */
function sees(path: string, { at, subject }: Evidence): boolean {
  const { access, mount } = at(path);
  const isHosts = mount === undefined ? subject.isHostRoot : hostPathOf(mount) !== undefined;
  return isHosts && access !== "inaccessible" && (!subject.isHostRoot || subject.exists(path));
}

function reachesDevices(evidence: Evidence): boolean {
  const rights = ["CAP_MKNOD", "CAP_SYS_RAWIO"].some((capability) => has(evidence, capability));
  const { mount } = evidence.at("/dev");
  const isHosts = mount === undefined ? evidence.subject.isHostRoot : hostPathOf(mount) === "/dev";
  const isPassed = (evidence.spec.linux?.devices ?? []).some((device) => !isPseudo(device));
  return rights || isHosts || isPassed || mayCallAny("@raw-io", evidence);
}

/** The devices of DevicePolicy=closed and of the runtimes: null, zero, full, random, urandom, terminals. */
const PSEUDO = ["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2"];

/** Pseudo terminals have eight majors (Documentation/admin-guide/devices.txt). */
function isPseudo({ type, major = -1, minor }: Pick<Device, "major" | "minor"> & { readonly type?: string }): boolean {
  return type === "c" && (PSEUDO.includes(`${major}:${minor}`) || (major >= 136 && major <= 143));
}

/** Whether the rules deny all devices before they allow some. */
function assessDeviceRules(rules: readonly DeviceRule[]): number {
  const isAll = ({ type = "a", major, minor }: DeviceRule) =>
    (type === "a" || type === undefined) && (major ?? -1) < 0 && (minor ?? -1) < 0;
  const last = rules.findLastIndex(isAll);
  if (last < 0 || rules[last]!.allow) return 10;
  // A rule for mknod(2) alone gives no access.
  const opened = rules.slice(last + 1).filter((rule) => rule.allow && rule.access !== "m" && !isPseudo(rule));
  return opened.length > 0 ? 5 : 0;
}

function isWritableCgroup({ type = "", options = [] }: Mount): boolean {
  return /^cgroup2?$/.test(type) && !options.includes("ro");
}

function procMount(mounts: readonly Mount[] = []): Mount | undefined {
  return mounts.findLast(({ destination, type }) => destination === "/proc" && type === "proc");
}

/** In a new PID namespace only the container's processes are visible. */
function assessProc({ spec, namespace }: Evidence): number {
  const HIDDEN: Readonly<Record<string, number>> = { "1": 1, noaccess: 1, "2": 0, invisible: 0, "4": 0, ptraceable: 0 };
  const proc = procMount(spec.mounts);
  const option = proc?.options?.find((one) => one.startsWith("hidepid="))?.slice("hidepid=".length) ?? "0";
  const isOwn = proc !== undefined && namespace("pid") !== undefined && namespace("pid")?.path === undefined;
  return isOwn ? 0 : (HIDDEN[option] ?? 3);
}
