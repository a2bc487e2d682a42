import type { DevicesEdit, Edit } from "../../model/edit.ts";
import type { Device, DeviceRule, Spec } from "../../oci/spec.ts";

/** The rules and nodes of devices, cut down to those that a directive allows; never more than the engine gave. */
export function applyDevices(spec: Spec, edits: readonly Edit[]): Spec {
  const edit = edits.find((one) => one.kind === "devices");
  if (edit === undefined) return spec;
  const { resources = {}, devices = [] } = spec.linux ?? {};
  const kept = devices.filter((device) => !edit.dropsNodes || isAllowed(device, edit));
  return {
    ...spec,
    linux: {
      ...spec.linux,
      ...(spec.linux?.devices && { devices: kept }),
      resources: { ...resources, devices: cutDown(resources.devices ?? [ALL], edit.allow) },
    },
  };
}

const ALL: DeviceRule = { allow: true, type: "a", access: "rwm" };
const NONE: DeviceRule = { allow: false, access: "rwm" };

function isAllowed({ type, major = 0, minor = 0 }: Device, { allow }: DevicesEdit): boolean {
  const rule: DeviceRule = { allow: true, type: type === "b" ? "b" : "c", major, minor, access: "r" };
  return allow.some((wanted) => common(wanted, rule) !== undefined);
}

/** The last rule that matches decides, so what the engine takes back stays last. */
function cutDown(before: readonly DeviceRule[], allow: readonly DeviceRule[]): readonly DeviceRule[] {
  const [first] = before;
  const rest = first !== undefined && isGeneral(first) && !first.allow ? before.slice(1) : before;
  const allowed = rest.filter((rule) => rule.allow);
  const refused = rest.filter((rule) => !rule.allow);
  const both = allowed.flatMap((given) => allow.flatMap((wanted) => common(wanted, given) ?? []));
  return [NONE, ...unique(both), ...refused];
}

function isGeneral({ type = "a", major, minor }: DeviceRule): boolean {
  return type === "a" && isAny(major) && isAny(minor);
}

/** What both rules allow; undefined when that is nothing. */
function common(a: DeviceRule, b: DeviceRule): DeviceRule | undefined {
  const type = meet(a.type ?? "a", b.type ?? "a", (one) => one === "a");
  const major = meet(a.major, b.major, isAny);
  const minor = meet(a.minor, b.minor, isAny);
  const access = [...(a.access ?? "rwm")].filter((letter) => (b.access ?? "rwm").includes(letter)).join("");
  if (type === CONFLICT || major === CONFLICT || minor === CONFLICT || access === "") return undefined;
  return {
    allow: true,
    type,
    ...(!isAny(major) && { major: major! }),
    ...(!isAny(minor) && { minor: minor! }),
    access,
  };
}

const CONFLICT = Symbol("nothing in common");

function meet<T>(a: T, b: T, isAnything: (one: T) => boolean): T | typeof CONFLICT {
  if (isAnything(a)) return b;
  return isAnything(b) || a === b ? a : CONFLICT;
}

/** Engines write -1 for any, too. */
function isAny(number: number | undefined): boolean {
  return number === undefined || number < 0;
}

function unique(rules: readonly DeviceRule[]): readonly DeviceRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
