import type { Mount } from "../oci/spec.ts";

/** How a place is or ought to be. */
export interface State {
  readonly readOnly: boolean;
  readonly noExec: boolean;
}

/** What the mount's own options say. */
export function stateOf({ options = [] }: Mount): State {
  const says = (...words: readonly string[]) => options.some((option) => words.includes(option));
  return { readOnly: says("ro", "rro"), noExec: says("noexec", "rnoexec") };
}

export function isBind(mount: Mount): boolean {
  return mount.type === "bind" || (mount.options?.some((option) => option === "bind" || option === "rbind") ?? false);
}

export function isBelow(path: string, ancestor: string): boolean {
  return path !== ancestor && (ancestor === "/" || path.startsWith(`${ancestor}/`));
}
