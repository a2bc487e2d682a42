import type { Context } from "../model/directive.ts";
import type { DevicesEdit, PlannedChange } from "../model/edit.ts";
import type { DeviceRule } from "../oci/spec.ts";
import type { AllowedDevice } from "../values/deviceAllow.ts";

/** The values of all directives that restrict devices. */
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
 * them. Each of those directives yields the same edit.
 */
export function* planDevices(settings: DeviceSettings, context: Context): Iterable<PlannedChange> {
  const isClosed = settings.isPrivate || settings.policy !== "auto" || settings.allow.length > 0;
  if (!isClosed) return;
  const pseudo = settings.policy === "strict" ? [] : PSEUDO;
  const clock = settings.protectsClock ? [CLOCK] : [];
  const rules = [...settings.allow, ...clock].map((device) => ({ device, found: rulesOf(device, context) }));
  for (const { device, found } of rules) {
    if (found.length > 0 || device === CLOCK) continue;
    yield { kind: "warning", text: `found no device ${formatDevice(device)} on this host` };
  }
  yield {
    kind: "devices",
    allow: [...pseudo, ...rules.flatMap(({ found }) => found)],
    dropsNodes: settings.isPrivate,
  } satisfies DevicesEdit;
}

/** Allowed only where devices are restricted (src/core/unit.c, unit_patch_contexts). */
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

/** A number is a major; a name is looked up in /proc/devices. */
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

function formatDevice(device: AllowedDevice): string {
  if (device.kind === "node") return device.path;
  return `${device.type === "c" ? "char" : "block"}-${device.pattern}`;
}
