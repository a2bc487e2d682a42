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

/** The same mount, read-only or noexec if it must be; nothing is ever taken away from its options. */
export function tighten(mount: Mount, want: State): Mount {
  const is = stateOf(mount);
  const prefix = isBind(mount) ? "r" : "";
  const added = [
    ...(want.readOnly && !is.readOnly ? [`${prefix}ro`] : []),
    ...(want.noExec && !is.noExec ? [`${prefix}noexec`] : []),
  ];
  if (added.length === 0) return mount;
  const opposed = new Set(added.includes(`${prefix}ro`) ? ["rw", "rrw"] : []);
  return { ...mount, options: [...(mount.options ?? []).filter((option) => !opposed.has(option)), ...added] };
}

export function isBind(mount: Mount): boolean {
  return mount.type === "bind" || (mount.options?.some((option) => option === "bind" || option === "rbind") ?? false);
}
