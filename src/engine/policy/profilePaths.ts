import { unrestricted } from "../../config/policy.ts";
import { DIRECTIVES } from "../../directives/index.gen.ts";
import type { Context, Service } from "../../model/directive.ts";
import type { Edit } from "../../model/edit.ts";
import { makePlan, type Owned, type Plan } from "../../model/plan.ts";
import type { ContainerRequest } from "../request/request.ts";

/**
 * Marks the path edits that the profile alone does not have: they add to what its entries make of a path, and replace
 * none of them. Edits of directives that the policy leaves to annotations stay as they are.
 * @param profile the administrator's profile alone
 */
export function markRequestedPaths(
  plan: Plan,
  context: Context,
  profile: Service,
  { rules, requested, profile: settings }: ContainerRequest,
): Plan {
  if (requested.length === 0 || settings.length === 0) return plan;
  const { edits } = makePlan({ ...context, service: profile });
  const known = new Set(edits.flatMap(({ item }) => (item.kind === "path" ? [JSON.stringify(item)] : [])));
  const isFree = ({ owner }: Owned<Edit>) => {
    const row = DIRECTIVES.get(owner);
    return row === undefined || unrestricted(rules, row) || Object.hasOwn(rules.maxima, owner);
  };
  const mark = (owned: Owned<Edit>): Owned<Edit> => {
    const { item } = owned;
    if (item.kind !== "path" || isFree(owned) || known.has(JSON.stringify(item))) return owned;
    return { ...owned, item: { ...item, requested: true } };
  };
  return { ...plan, edits: plan.edits.map(mark) };
}
