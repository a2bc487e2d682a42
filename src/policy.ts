import type { Directive } from "./directive.ts";
import { UserErrors } from "./errors.ts";
import type { Service } from "./service.ts";

/**
 * What annotations may set: everything, what is safe, what a tenant of a cluster may have (what only takes rights away, a
 * dynamic user, directories of its own), what only takes rights away, or just these directives.
 */
export type Policy = "all" | "safe" | "tenant" | "tighten" | readonly string[];

/** What the administrator allows those who write annotations. */
export interface Rules {
  readonly policy: Policy;
  /** Most that a directive may be given, by name; it may then be given whatever the policy says. */
  readonly maxima: Readonly<Record<string, readonly string[]>>;
}

/** With static users refused these can only name a user that nobody else is. */
const DYNAMIC_IDENTITY = ["DynamicUser", "User", "Group"];

/** A name given by User= could be that of another tenant's user. */
const TENANTS = /^(?:DynamicUser|(?:State|Cache|Logs|Runtime|Configuration)DirectoryMode|RuntimeDirectoryPreserve)$/;

/**
 * Refuses what the administrator did not allow: annotations are requests, and some engines copy them from the image.
 * @param engine its name, for the errors
 * @throws UserErrors naming each key and the policy
 */
export function refuseForbidden(
  settings: readonly { readonly name: string }[],
  rules: Rules,
  engine: string,
  directives: ReadonlyMap<string, Directive>,
): void {
  const forbidden = settings.filter(({ name }) => {
    const row = directives.get(name);
    return row !== undefined && !admits(rules, row);
  });
  if (forbidden.length === 0) return;
  const keys = [...new Set(forbidden.map(({ name }) => name))];
  throw new UserErrors(
    keys.map(
      (key) =>
        `cannot take ${key}= from an annotation: policy of ${engine} is ${nameOf(rules.policy)}, expected one that allows it (engines.${engine}.policy in /etc/dynuser/config.yaml) or a profile`,
    ),
  );
}

/** Older names that would get round the maximum of the newer one. */
const OLDER: Readonly<Record<string, string>> = {
  MemoryLimit: "MemoryMax",
  CPUShares: "CPUWeight",
  BlockIOWeight: "IOWeight",
};

export function admits({ policy, maxima }: Rules, row: Directive): boolean {
  if (Object.hasOwn(maxima, OLDER[row.name] ?? "")) return false;
  if (Object.hasOwn(maxima, row.name)) return true;
  switch (policy) {
    case "all":
      return true;
    case "safe":
      return row.effect === "identity" ? DYNAMIC_IDENTITY.includes(row.name) : row.effect !== "gives";
    case "tenant":
      return row.effect === "takes" || row.effect === "directory" || TENANTS.test(row.name);
    case "tighten":
      return row.effect === "takes";
    default:
      return policy.includes(row.name);
  }
}

/** Whether annotations may give this directive any value at all, the administrator's own settings notwithstanding. */
export function isFree({ policy }: Rules, { name }: Directive): boolean {
  return policy === "all" || (typeof policy !== "string" && policy.includes(name));
}

/** What a container with annotations would be, and what it may be. */
export interface Bounded {
  readonly rules: Rules;
  /** The profile and the annotations together. */
  readonly service: Service;
  /** The profile alone. */
  readonly profile: Service;
  /** The maxima as if they were settings. */
  readonly most: Service;
}

/**
 * Refuses what goes beyond a maximum, and annotations that give back what the profile takes.
 * @throws UserErrors naming each directive
 */
export function refuseBeyond(bounded: Bounded, engine: string): void {
  const problems = [...beyondMaxima(bounded, engine), ...beyondProfile(bounded)];
  if (problems.length > 0) throw new UserErrors(problems);
}

function* beyondMaxima({ rules, service, most }: Bounded, engine: string): Iterable<string> {
  for (const [name, texts] of Object.entries(rules.maxima)) {
    const [row, bound] = [...most.entries()].find(([{ name: known }]) => known === name) ?? [];
    const value = row && service.get(row);
    if (row === undefined || value === undefined || isWithin(row, value, bound)) continue;
    yield `cannot take ${name}= from an annotation: found more than ${texts.join(" ")}, expected that at most (engines.${engine}.maxima in /etc/dynuser/config.yaml)`;
  }
}

function* beyondProfile({ rules, service, profile }: Bounded): Iterable<string> {
  for (const [row, bound] of profile.entries()) {
    if (isFree(rules, row) || Object.hasOwn(rules.maxima, row.name) || !isBinding(row)) continue;
    const value = service.get(row);
    if (value !== undefined && isWithin(row, value, bound)) continue;
    yield `cannot take ${row.name}= from an annotation: found less than the container's profile takes away, expected that at least`;
  }
}

/** Whether a profile sets it to hold a container down: what takes rights away, the throw-away user, limits. */
function isBinding({ name, effect, value }: Directive): boolean {
  return effect === "takes" || name === "DynamicUser" || (effect !== "directory" && value.within !== undefined);
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
