/** A system call filter as systemd installs it: one for each directive, all in force together. */
export interface Filter extends FilterRules {
  /** The directive, for errors and `dynuser show`. */
  readonly name: string;
  readonly order: FilterOrder;
}

/**
 * The position in the order in which systemd installs filters (src/core/exec-invoke.c, exec_invoke): of several filters
 * that return an errno for a call, the one installed last decides.
 */
export type FilterOrder = number;

/** What one filter does, without the directive that it belongs to. */
export interface FilterRules {
  /** The action for calls that no rule matches. */
  readonly defaultAction: FilterAction;
  /** The strictest of all matching rules applies. */
  readonly rules: readonly FilterRule[];
  /** Allowed architectures, OCI names (SCMP_ARCH_X86_64); absent: those of the engine. */
  readonly architectures?: readonly string[];
  /** Architectures that are denied, as filters cannot read the arguments of their calls. */
  readonly closes?: readonly string[];
}

export interface FilterRule {
  /** Names of calls and of groups, as `expandCalls` reads them. */
  readonly calls: readonly string[];
  /** All must hold; without any, the rule applies to all arguments. */
  readonly when?: readonly Condition[];
  readonly action: FilterAction;
}

/** Compares 64 bits; the kernel reads only the lower 32 of an `int`, so the upper half needs a decision. */
export type Condition = BitsCondition | RangeCondition;

/** `(argument & mask) == value` */
export interface BitsCondition {
  /** 0 to 5. */
  readonly argument: number;
  readonly mask: bigint;
  readonly value: bigint;
}

/** `from <= argument <= to` */
export interface RangeCondition {
  /** 0 to 5. */
  readonly argument: number;
  readonly from: bigint;
  readonly to: bigint;
}

export type FilterAction =
  | { readonly action: "allow" | "log" | "kill" | "killThread" | "trap" }
  | { readonly action: "errno"; readonly errno: number };

export const ALLOW: FilterAction = { action: "allow" };
export const KILL: FilterAction = { action: "kill" };

/** The largest 64-bit value. */
export const MAXIMUM = 0xffff_ffff_ffff_ffffn;

export function errno(number: number): FilterAction {
  return { action: "errno", errno: number };
}

/** A filter that denies what its rules match. */
export function forbid(action: FilterAction, rules: readonly Omit<FilterRule, "action">[]): FilterRules {
  return { defaultAction: ALLOW, rules: rules.map((rule) => ({ ...rule, action })) };
}

export function inInstallOrder(filters: readonly Filter[]): readonly Filter[] {
  return filters.toSorted((a, b) => a.order - b.order);
}
