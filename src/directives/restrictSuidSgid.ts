import { type Directive, directive } from "../directive.ts";
import type { Condition, FilterRule } from "../filter.ts";
import { boolean } from "../values/boolean.ts";

const EPERM = 1;
const ENOSYS = 38;
const O_CREAT = 0o100n;
const SET_ID_BITS = [0o4000n, 0o2000n] as const;

/** Calls by the argument that carries a mode (src/shared/seccomp-util.c, seccomp_restrict_suid_sgid). */
const MODES: readonly { readonly calls: readonly string[]; readonly mode: number; readonly flags?: number }[] = [
  { calls: ["chmod", "fchmod", "mkdir", "mknod", "creat"], mode: 1 },
  { calls: ["fchmodat", "fchmodat2", "mkdirat", "mknodat"], mode: 2 },
  { calls: ["open"], mode: 2, flags: 1 },
  { calls: ["openat"], mode: 3, flags: 2 },
];

export const RestrictSUIDSGID: Directive<boolean> = directive({
  name: "RestrictSUIDSGID",
  summary: "Refuses to set the set-user-ID and set-group-ID bits of files",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "where DynamicUser= alone brings it, openat2(2) stays allowed: every mount that can be written is nosuid, and many programs fail without the call",
  *plan(enabled, { service }) {
    if (!enabled) return;
    const isImplied = service.impliedBy(RestrictSUIDSGID) !== undefined;
    const rules = isImplied ? modeRules() : [...modeRules(), OPENAT2];
    yield { kind: "seccomp", filter: { name: "RestrictSUIDSGID", otherwise: { action: "allow" }, rules } };
  },
});

/** Its mode is in memory, where a filter cannot look; programs then use openat(2). */
const OPENAT2: FilterRule = { calls: ["openat2"], verdict: { action: "errno", errno: ENOSYS } };

function modeRules(): readonly FilterRule[] {
  return MODES.flatMap(({ calls, mode, flags }) =>
    SET_ID_BITS.map((bit) => ({
      calls,
      when: [...(flags === undefined ? [] : [hasBits(flags, O_CREAT)]), hasBits(mode, bit)],
      verdict: { action: "errno", errno: EPERM } as const,
    })),
  );
}

function hasBits(argument: number, bits: bigint): Condition {
  return { argument, mask: bits, value: bits };
}
