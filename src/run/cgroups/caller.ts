import { CGROUP_ROOT } from "../../host/cgroups.ts";
import { hasAttribute } from "../../sys/kernel/fileCalls.ts";

/** The unit of systemd that a process of the host belongs to, by its cgroup of version 2. */
export interface CallerUnit {
  /** `web.service`, `session-1.scope`. */
  readonly name: string;
  /** `system.slice`, `user-0.slice`; `-.slice` for a unit at the root. */
  readonly slice: string;
}

const UNIT = /\.(?:service|scope|socket|mount|swap)$/;

/**
 * Undefined for a process in no unit. Of a unit of a user's service manager, the unit of that manager.
 * @param path below the root of the hierarchy, `/system.slice/web.service`
 */
export function unitOf(path: string): CallerUnit | undefined {
  // a name that a file of the kernel could have is escaped by "_" (src/basic/cgroup-util.c, cg_escape)
  const names = path
    .split("/")
    .slice(1)
    .map((name) => name.replace(/^_/, ""));
  const at = names.findIndex((name) => !name.endsWith(".slice"));
  const name = names[at];
  return name !== undefined && UNIT.test(name) ? { name, slice: names[at - 1] ?? "-.slice" } : undefined;
}

/** Where the cgroup of a slice is, below the root: `/a.slice/a-b.slice` of `a-b.slice` (systemd.slice(5)). */
export function pathOfSlice(slice: string): string {
  const parts = slice.replace(/\.slice$/, "").split("-");
  if (slice === "-.slice") return "/";
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("-")}.slice`).join("");
}

/**
 * The cgroup that systemd has delegated to the caller: its own, or the one above it where the caller is in a subgroup
 * (DelegateSubgroup= in systemd.resource-control(5)).
 * @param own a directory
 */
export function delegatedTo(own: string): string | undefined {
  const above = own.slice(0, own.lastIndexOf("/"));
  const isInSubgroup = !/\.(?:service|scope|slice)$/.test(own) && above.startsWith(`${CGROUP_ROOT}/`);
  return [own, ...(isInSubgroup ? [above] : [])].find(isDelegated);
}

/** systemd marks what it delegates (src/core/cgroup.c, cgroup_xattr_apply). */
function isDelegated(directory: string): boolean {
  return ["trusted.delegate", "user.delegate"].some((name) => hasAttribute(directory, name));
}
