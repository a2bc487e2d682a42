import { NotGranted } from "../errors.ts";
import type { CgroupFacts } from "../model/facts.ts";

/** The end of the deviation of a directive that not every host can grant. */
export const UNGRANTED = "; without it, dynuser run ignores the directive with a warning, and a container is refused";

/** The names in cgroup v1 of v2's controllers, where they differ. */
const NAMES_V1: Readonly<Record<string, string>> = { io: "blkio" };

/**
 * Refuses a directive whose controller the host lacks.
 * @param controller the name in cgroup v2
 * @throws NotGranted
 */
export function needController(name: string, controller: string, { unified, controllers }: CgroupFacts): void {
  const wanted = unified ? controller : (NAMES_V1[controller] ?? controller);
  if (controllers.includes(wanted)) return;
  if (controllers.length === 0) {
    throw new NotGranted(
      `cannot honour ${name}=: found no controller that the caller may use in the host's cgroups, expected a kernel with ${wanted} enabled, and root (sudo dynuser run)`,
    );
  }
  throw new NotGranted(
    `cannot honour ${name}=: found no controller ${wanted} in the host's cgroups (${controllers.join(", ")}), expected a kernel with it enabled`,
  );
}

/** @throws NotGranted on a host with cgroup v1 */
export function needVersion2(name: string, { unified }: CgroupFacts): void {
  if (unified) return;
  throw new NotGranted(
    `cannot honour ${name}=: found cgroup v1, expected cgroup v2 (boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all)`,
  );
}

/**
 * Refuses a directive for which the controller of a host with cgroup v2 lacks the file.
 * @throws NotGranted
 */
export function needFile(name: string, controller: string, file: string, { has }: CgroupFacts): void {
  if (has(controller, file)) return;
  throw new NotGranted(
    `cannot honour ${name}=: found no ${file} in the host's cgroups, expected a kernel that has it enabled`,
  );
}
