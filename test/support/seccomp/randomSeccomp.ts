import type { Condition, Filter, FilterAction, FilterRule } from "../../../src/model/filter.ts";
import type { Seccomp, SeccompAction, SeccompArgument, SeccompSyscall } from "../../../src/oci/spec.ts";
import type { Random } from "../random.ts";
import { filterOf } from "./filters.ts";
import type { Call } from "./seccompModel.ts";

/** Profiles, filters and calls that meet often: few names, few arguments, few values. */
const CALLS = ["mount", "socket", "clone", "personality", "openat2", "ptrace"];
/** As in real filters the first argument has flags and the second values; now and then it is the other way round. */
const ARGUMENTS = ["flags", "values"] as const;
const ARCHITECTURES = [["SCMP_ARCH_X86_64"], ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]];
const FLAGS = [1n, 2n, 6n, 0x40n, 0x7e020000n, 0x20000n, 0x10000000n, 0xffffffffn];
const VALUES = [0n, 1n, 2n, 3n, 8n, 9n, 10n, 16n, 38n, 64n, 0x20000n, 0xffffffffn, 0x100000002n, 0xffffffffffffffffn];
const ACTIONS: readonly SeccompAction[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_LOG",
];

export function randomProfile(random: Random): Seccomp | undefined {
  if (random.below(5) === 0) return undefined;
  return {
    defaultAction: random.pick(ACTIONS),
    defaultErrnoRet: random.pick([1, 38]),
    architectures: random.pick(ARCHITECTURES),
    syscalls: Array.from({ length: random.below(6) }, () => randomEntry(random)),
  };
}

export function randomFilters(random: Random): readonly Filter[] {
  const names = ["RestrictNamespaces", "RestrictAddressFamilies", "LockPersonality", "SystemCallFilter"];
  return names.filter(() => random.below(2) === 0).map((name) => randomFilter(random, name));
}

export function randomCall(random: Random): Call {
  return { name: random.pick(CALLS), args: [0, 1, 2, 3, 4, 5].map(() => randomArgument(random)) };
}

function randomArgument(random: Random): bigint {
  return (
    (random.pick(VALUES) + BigInt(random.below(3)) - 1n + (random.below(3) === 0 ? random.pick(FLAGS) : 0n)) &
    0xffffffffffffffffn
  );
}

function randomEntry(random: Random): SeccompSyscall {
  const action = random.pick(ACTIONS);
  const args = Array.from({ length: random.below(3) }, () => randomComparison(random));
  const errno = action === "SCMP_ACT_ERRNO" ? { errnoRet: random.pick([1, 13, 97]) } : {};
  return { names: [random.pick(CALLS), random.pick(CALLS)], action, ...errno, args };
}

function randomComparison(random: Random): SeccompArgument {
  const index = random.below(2);
  const mask = random.pick(FLAGS);
  if (kindOf(random, index) === "flags")
    return { index, op: "SCMP_CMP_MASKED_EQ", value: mask, valueTwo: random.pick([0n, mask]) };
  const op = random.pick([
    "SCMP_CMP_EQ",
    "SCMP_CMP_NE",
    "SCMP_CMP_LT",
    "SCMP_CMP_GT",
    "SCMP_CMP_LE",
    "SCMP_CMP_GE",
  ] as const);
  return { index, op, value: random.pick(VALUES) };
}

function randomFilter(random: Random, name: string): Filter {
  return filterOf(name, {
    defaultAction: random.below(3) === 0 ? randomVerdict(random) : { action: "allow" },
    rules: Array.from({ length: 1 + random.below(3) }, () => randomRule(random)),
  });
}

function randomRule(random: Random): FilterRule {
  const when = Array.from({ length: random.below(3) }, () => randomCondition(random));
  return {
    calls: [random.pick(CALLS), random.pick(CALLS)],
    action: randomVerdict(random),
    ...(when.length === 0 ? {} : { when }),
  };
}

function randomCondition(random: Random): Condition {
  const argument = random.below(2);
  const mask = random.pick(FLAGS);
  if (kindOf(random, argument) === "flags") return { argument, mask, value: random.pick([0n, mask]) };
  const [a, b] = [random.pick(VALUES), random.pick(VALUES)];
  return { argument, from: a < b ? a : b, to: a < b ? b : a };
}

function kindOf(random: Random, index: number): "flags" | "values" {
  return ARGUMENTS[random.below(20) === 0 ? 1 - index : index]!;
}

function randomVerdict(random: Random): FilterAction {
  return random.pick<FilterAction>([
    { action: "allow" },
    { action: "errno", errno: 1 },
    { action: "errno", errno: 97 },
    { action: "kill" },
    { action: "log" },
  ]);
}
