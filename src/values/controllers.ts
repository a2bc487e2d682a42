import { UserError } from "../errors.ts";
import type { CgroupFacts } from "../facts.ts";

/** Version 1 has other names for some of version 2's controllers. */
const NAMES_V1: Readonly<Record<string, string>> = { io: "blkio" };

/**
 * Refuses a directive that the host's cgroups cannot honour.
 * @param controller its name in version 2
 * @throws UserError
 */
export function needController(name: string, controller: string, { unified, controllers }: CgroupFacts): void {
  const wanted = unified ? controller : (NAMES_V1[controller] ?? controller);
  if (controllers.includes(wanted)) return;
  throw new UserError(
    `cannot honour ${name}=: found no controller ${wanted} among the host's cgroups (${controllers.join(", ")}), expected a kernel that has it enabled`,
  );
}

/** @throws UserError where cgroups of version 1 have nothing like it */
export function needVersion2(name: string, { unified }: CgroupFacts): void {
  if (unified) return;
  throw new UserError(
    `cannot honour ${name}=: found cgroups of version 1, expected version 2 (boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all)`,
  );
}
