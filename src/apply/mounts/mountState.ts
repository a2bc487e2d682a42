import { isReadOnly } from "../../oci/mountOptions.ts";
import type { Mount } from "../../oci/spec.ts";

/** How a place is or ought to be. */
export interface State {
  readonly readOnly: boolean;
  readonly noExec: boolean;
}

/** Everything that a mount may forbid. */
export interface AllAttributes extends State {
  readonly noSuid: boolean;
  readonly noDevices: boolean;
}

export const FLAGS = [
  ["readOnly", "ro"],
  ["noSuid", "nosuid"],
  ["noDevices", "nodev"],
  ["noExec", "noexec"],
] as const satisfies readonly (readonly [keyof AllAttributes, string])[];

export const FLAG_NAMES: ReadonlySet<string> = new Set(FLAGS.map(([, flag]) => flag));

/** What the mount's own options say. */
export function stateOf(mount: Mount): State {
  const { options = [] } = mount;
  return { readOnly: isReadOnly(mount), noExec: options.includes("noexec") || options.includes("rnoexec") };
}

export function isBelow(path: string, ancestor: string): boolean {
  if (ancestor === "/") return path !== "/";
  return path[ancestor.length] === "/" && path.startsWith(ancestor);
}
