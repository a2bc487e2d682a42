import type { Action } from "../model/action.ts";
import type { Owned, Plan } from "../model/plan.ts";
import type { Spec } from "../oci/spec.ts";

/**
 * The SELinux label that an engine gives the files of a container, `system_u:object_r:container_file_t:s0:c1,c2`, as for a
 * volume with the option Z; undefined where it gives none.
 */
export function fileLabelOf({ process, linux }: Spec): string | undefined {
  if (linux?.mountLabel) return linux.mountLabel;
  const [user, , type, ...level] = process?.selinuxLabel?.split(":") ?? [];
  return type === undefined ? undefined : [user, "object_r", "container_file_t", ...level].join(":");
}

/** The same for files of several containers, without the categories of one (as with the option z). */
export function sharedLabel(label: string): string {
  return label.split(":").slice(0, 4).join(":");
}

/**
 * The actions with the label of what they make for the container. A directory that exists and is not the service's to change
 * (ConfigurationDirectory=) keeps its label, and so does dynuser's record, which only the host reads.
 */
export function withLabel(plan: Plan, label: string | undefined): Plan {
  if (label === undefined) return plan;
  return { ...plan, actions: plan.actions.map((owned) => (isLabelled(owned) ? labelled(owned, label) : owned)) };
}

function labelled(owned: Owned<Action>, label: string): Owned<Action> {
  return { ...owned, item: { ...owned.item, label } as Action };
}

function isLabelled({ owner, item }: Owned<Action>): boolean {
  switch (item.kind) {
    case "directory":
      return item.ownership !== "untouched";
    case "newDirectory":
      return owner !== "dynuser";
    case "file":
    case "credentials":
      return true;
    case "link":
    case "volume":
      return false;
  }
}
