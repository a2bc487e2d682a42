import type { Directive } from "./directive.ts";
import { UserErrors } from "./errors.ts";

/** What annotations may set: everything, what is safe, what only takes rights away, or just these directives. */
export type Policy = "all" | "safe" | "tighten" | readonly string[];

/** With static users refused these can only name a user that nobody else is. */
const DYNAMIC_IDENTITY = ["DynamicUser", "User", "Group"];

/**
 * Refuses what the administrator did not allow: annotations are requests, and some engines copy them from the image.
 * @param engine its name, for the errors
 * @throws UserErrors naming each key and the policy
 */
export function refuseForbidden(
  settings: readonly { readonly name: string }[],
  policy: Policy,
  engine: string,
  directives: ReadonlyMap<string, Directive>,
): void {
  const forbidden = settings.filter(({ name }) => {
    const row = directives.get(name);
    return row !== undefined && !admits(policy, row);
  });
  if (forbidden.length === 0) return;
  const keys = [...new Set(forbidden.map(({ name }) => name))];
  throw new UserErrors(
    keys.map(
      (key) =>
        `cannot take ${key}= from an annotation: policy of ${engine} is ${nameOf(policy)}, expected one that allows it (engines.${engine}.policy in /etc/dynuser/config.yaml) or a profile`,
    ),
  );
}

export function admits(policy: Policy, { name, effect }: Directive): boolean {
  switch (policy) {
    case "all":
      return true;
    case "safe":
      return effect === "identity" ? DYNAMIC_IDENTITY.includes(name) : effect !== "gives";
    case "tighten":
      return effect === "takes";
    default:
      return policy.includes(name);
  }
}

function nameOf(policy: Policy): string {
  return typeof policy === "string" ? policy : `the list ${policy.join(", ")}`;
}
