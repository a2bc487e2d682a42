import type { Directive, Service } from "../model/directive.ts";

/**
 * Which directives annotations may set: all, the safe ones, those a tenant of a cluster may have (directives that
 * restrict, a dynamic user, directories below its namespace), those that restrict, or the listed ones.
 */
export type Policy = "all" | "safe" | "tenant" | "tighten" | readonly string[];

/** What the administrator lets annotations set. */
export interface Rules {
  readonly policy: Policy;
  /** Upper bound of a directive's value, by name; a directive with a bound may be set whatever the policy says. */
  readonly maxima: Readonly<Record<string, readonly string[]>>;
}

/** Names of directives that the policy does not let annotations set; some engines copy annotations from images. */
export function forbiddenDirectives(
  settings: readonly { readonly name: string }[],
  rules: Rules,
  directives: ReadonlyMap<string, Directive>,
): readonly string[] {
  const forbidden = settings.filter(({ name }) => {
    const row = directives.get(name);
    return row !== undefined && !allows(rules, row);
  });
  return [...new Set(forbidden.map(({ name }) => name))];
}

export function allows({ policy, maxima }: Rules, row: Directive): boolean {
  // An older name would circumvent the maximum of the newer one.
  if (Object.hasOwn(maxima, row.supersededBy ?? "")) return false;
  if (Object.hasOwn(maxima, row.name)) return true;
  switch (policy) {
    case "all":
      return true;
    case "safe":
      return row.effect === "identity" ? row.allowedFrom !== "all" : row.effect !== "grants";
    case "tenant":
      return row.effect === "restricts" || row.effect === "directory" || row.allowedFrom === "tenant";
    case "tighten":
      return row.effect === "restricts";
    default:
      return policy.includes(row.name);
  }
}

/** Whether annotations may give this directive any value, whatever the profile says. */
export function unrestricted({ policy }: Rules, { name }: Directive): boolean {
  return policy === "all" || (typeof policy !== "string" && policy.includes(name));
}

/**
 * Names of directives with a value beyond their maximum.
 * @param most the maxima as if they were settings
 */
export function* beyondMaxima({ maxima }: Rules, service: Service, most: Service): Iterable<string> {
  for (const [row, bound] of most.entries()) {
    const value = Object.hasOwn(maxima, row.name) ? service.get(row) : undefined;
    if (value !== undefined && !isWithin(row, value, bound)) yield row.name;
  }
}

/** Names of directives that restrict less than the profile alone. */
export function* beyondProfile(rules: Rules, service: Service, profile: Service): Iterable<string> {
  for (const [row, bound] of profile.entries()) {
    if (unrestricted(rules, row) || Object.hasOwn(rules.maxima, row.name) || !isBinding(row)) continue;
    const value = service.get(row);
    const isHeld = value !== undefined && isWithin(row, value, bound) && !isWeakened(row, service, profile, bound);
    if (!isHeld) yield row.name;
    const newer = successor(row, service, profile);
    if (newer !== undefined && !(newer.row.value === row.value && isWithin(row, newer.value, bound))) {
      yield newer.row.name;
    }
  }
}

/** A newer directive replaces the older one of the profile. */
function successor({ supersededBy }: Directive, service: Service, profile: Service) {
  for (const [row, value] of service.entries()) {
    if (row.name === supersededBy) return profile.get(row) === undefined ? { row, value } : undefined;
  }
  return undefined;
}

/** Some directives restrict less when another one implies them: an implied value does not replace the profile's own. */
function isWeakened(row: Directive, service: Service, profile: Service, bound: unknown): boolean {
  const isImpliedNow = service.impliedBy(row) !== undefined && profile.impliedBy(row) === undefined;
  return isImpliedNow && isWithin(row, bound, service.get(row));
}

/** Whether a profile sets it to restrict a container: directives that restrict, the dynamic user, limits. */
function isBinding({ binding, effect, value }: Directive): boolean {
  return effect === "restricts" || binding === true || (effect !== "directory" && value.within !== undefined);
}

function isWithin({ value: { within } }: Directive, value: unknown, bound: unknown): boolean {
  return within?.(value, bound) ?? same(value, bound);
}

function same(a: unknown, b: unknown): boolean {
  return format(a) === format(b);
}

function format(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? String(one) : one));
}

export function nameOf(policy: Policy): string {
  return typeof policy === "string" ? policy : `the list ${policy.join(", ")}`;
}
