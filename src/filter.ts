/** A system call filter as systemd installs it: one per directive, all of them in force at once. */
export interface Filter {
  /** The directive, for errors and `dynuser show`. */
  readonly name: string;
  /** What happens to calls that no rule names. */
  readonly otherwise: Verdict;
  readonly rules: readonly FilterRule[];
  /** Architectures that stay callable, OCI names (SCMP_ARCH_X86_64); absent: as the engine has it. */
  readonly architectures?: readonly string[];
}

export interface FilterRule {
  readonly calls: readonly string[];
  /** All must hold; none: the call whatever its arguments. */
  readonly when?: readonly Condition[];
  readonly verdict: Verdict;
}

/** `(argument & mask) == value`, on 64 bits. */
export interface Condition {
  /** 0 to 5. */
  readonly argument: number;
  readonly mask: bigint;
  readonly value: bigint;
}

export type Verdict =
  | { readonly action: "allow" | "log" | "kill" | "killThread" | "trap" }
  | { readonly action: "errno"; readonly errno: number };
