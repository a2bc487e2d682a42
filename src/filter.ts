/** A system call filter as systemd installs it: one per directive, all of them in force at once. */
export interface Filter {
  /** The directive, for errors, `dynuser show` and the order in which filters are installed. */
  readonly name: string;
  /** What happens to calls that no rule matches. */
  readonly otherwise: Verdict;
  /** Of several that match one call the strictest wins. */
  readonly rules: readonly FilterRule[];
  /** Architectures that stay callable, OCI names (SCMP_ARCH_X86_64); absent: as the engine has it. */
  readonly architectures?: readonly string[];
  /** Architectures whose calls hide their arguments from these rules, and which are therefore closed. */
  readonly closes?: readonly string[];
}

export interface FilterRule {
  /** Names of calls and of groups, as `expandCalls` reads them. */
  readonly calls: readonly string[];
  /** All must hold; none: the call whatever its arguments. */
  readonly when?: readonly Condition[];
  readonly verdict: Verdict;
}

/** On 64 bits; the kernel reads only the low half of an `int`, so a comparison of one has to say what the rest means. */
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

export type Verdict =
  | { readonly action: "allow" | "log" | "kill" | "killThread" | "trap" }
  | { readonly action: "errno"; readonly errno: number };

export const ALLOW: Verdict = { action: "allow" };
export const KILL: Verdict = { action: "kill" };

/** The largest 64-bit value. */
export const MAXIMUM = 0xffff_ffff_ffff_ffffn;

export function errno(number: number): Verdict {
  return { action: "errno", errno: number };
}

/** A filter that forbids what its rules match and nothing else. */
export function forbid(name: string, verdict: Verdict, rules: readonly Omit<FilterRule, "verdict">[]): Filter {
  return { name, otherwise: ALLOW, rules: rules.map((rule) => ({ ...rule, verdict })) };
}
