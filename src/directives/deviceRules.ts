import type { Change, DevicesEdit } from "../edit.ts";
import type { DeviceRule } from "../oci/spec.ts";
import type { Context } from "../plan.ts";
import type { AllowedDevice } from "../values/deviceAllow.ts";

/** What decides about devices, of all directives that have a say. */
export interface DeviceSettings {
  readonly policy: "auto" | "closed" | "strict";
  readonly allow: readonly AllowedDevice[];
  /** PrivateDevices= */
  readonly isPrivate: boolean;
  /** ProtectClock= */
  readonly protectsClock: boolean;
}

/**
 * The devices that the service may use (src/core/cgroup.c, cgroup_apply_devices); nothing where no directive limits
 * them. Everyone with a say yields the same.
 */
export function* planDevices(settings: DeviceSettings, context: Context): Iterable<Change> {
  const isClosed = settings.isPrivate || settings.policy !== "auto" || settings.allow.length > 0;
  if (!isClosed) return;
  const pseudo = settings.policy === "strict" ? [] : PSEUDO;
  const clock = settings.protectsClock ? [CLOCK] : [];
  const rules = [...settings.allow, ...clock].map((device) => ({ device, found: rulesOf(device, context) }));
  for (const { device, found } of rules) {
    if (found.length > 0 || device === CLOCK) continue;
    yield { kind: "warning", text: `found no device ${describe(device)} on this host` };
  }
  yield {
    kind: "devices",
    allow: [...pseudo, ...rules.flatMap(({ found }) => found)],
    dropsNodes: settings.isPrivate,
  } satisfies DevicesEdit;
}

/** Added where devices are limited anyway (src/core/unit.c, unit_patch_contexts). */
const CLOCK: AllowedDevice = { kind: "class", type: "c", pattern: "rtc", access: "r" };

/** null, zero, full, random, urandom, tty and ptmx, and the terminals of /dev/pts (src/core/bpf-devices.c). */
const PSEUDO: readonly DeviceRule[] = [
  ...[3, 5, 7, 8, 9].map((minor) => [1, minor] as const),
  ...[0, 2].map((minor) => [5, minor] as const),
]
  .map(([major, minor]): DeviceRule => ({ allow: true, type: "c", major, minor, access: "rwm" }))
  .concat(Array.from({ length: 8 }, (_, index) => ({ allow: true, type: "c", major: 136 + index, access: "rw" })));

function rulesOf(device: AllowedDevice, { facts }: Context): readonly DeviceRule[] {
  const { access } = device;
  if (device.kind === "node") {
    const node = facts.host.look(device.path).device;
    return node === undefined ? [] : [{ allow: true, ...node, access }];
  }
  const { type, pattern } = device;
  if (pattern === "*") return [{ allow: true, type, access }];
  const majors = majorsOf(type, pattern, facts.host.read("/proc/devices", 1 << 20) ?? "");
  return majors.map((major) => ({ allow: true, type, major, access }));
}

/** By name, or by number as it stands. */
function majorsOf(type: "c" | "b", pattern: string, drivers: string): readonly number[] {
  if (/^\d+$/.test(pattern)) return [Number(pattern)];
  const [characters = "", blocks = ""] = drivers.split(/^Block devices:$/m);
  const matches = patternOf(pattern);
  const lines = (type === "c" ? characters : blocks).matchAll(/^ *(\d+) (\S+)$/gm);
  return [...new Set([...lines].filter(([, , name]) => matches.test(name!)).map(([, major]) => Number(major)))];
}

/** fnmatch(3) without flags. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.match(/\[[!^]?\]?[^\]]*\]|[\s\S]/g) ?? [];
  const regular = parts.map((part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 1) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return part.replace(/[\\^$.|+(){}[\]/]/, "\\$&");
  });
  return new RegExp(`^(?:${regular.join("")})$`);
}

function describe(device: AllowedDevice): string {
  if (device.kind === "node") return device.path;
  return `${device.type === "c" ? "char" : "block"}-${device.pattern}`;
}
