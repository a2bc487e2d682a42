import type { Condition, Filter, FilterAction } from "../../../src/model/filter.ts";
import type { Seccomp, SeccompArgument, SeccompSyscall } from "../../../src/oci/spec.ts";

/** Another reading of the same rules, without cubes: what happens to one call with these arguments. */
export interface Call {
  readonly name: string;
  readonly args: readonly bigint[];
}

/** `SCMP_ACT_ERRNO 38` */
export type Outcome = string;

const STRICTEST_FIRST = ["KILL_PROCESS", "KILL", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW"];

/** libseccomp as the runtimes feed it. `overlap`: what counts when rules with different actions match. */
export function evaluateProfile(seccomp: Seccomp | undefined, call: Call, overlap: "strictest" | "error"): Outcome {
  if (seccomp === undefined) return "ALLOW";
  const fallback = outcome(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const entries = (seccomp.syscalls ?? [])
    .filter((entry) => entry.names.includes(call.name))
    .map((entry) => ({ entry, outcome: outcome(entry.action, entry.errnoRet) }))
    .filter((one) => one.outcome !== fallback);
  const unconditional = entries.filter(({ entry }) => (entry.args ?? []).length === 0);
  const matching =
    unconditional.length > 0 ? unconditional.slice(0, 1) : entries.filter(({ entry }) => matches(entry, call));
  const outcomes = [...new Set(matching.map((one) => one.outcome))];
  if (overlap === "error" && outcomes.length > 1) throw new Error(`${call.name}: overlapping rules ${outcomes}`);
  return outcomes.sort((a, b) => strictness(a) - strictness(b))[0] ?? fallback;
}

/** One filter of systemd. */
export function evaluateFilter(filter: Filter, call: Call): Outcome {
  const matching = filter.rules.filter(
    (rule) => rule.calls.includes(call.name) && (rule.when ?? []).every((one) => holds(one, call)),
  );
  const outcomes = matching.map((rule) => outcomeOf(rule.action)).sort((a, b) => strictness(a) - strictness(b));
  return outcomes[0] ?? outcomeOf(filter.defaultAction);
}

/** The kernel asks the newest filter first and keeps an outcome until a stricter one comes. */
export function conjunction(oldestFirst: readonly Outcome[]): Outcome {
  return oldestFirst.toReversed().reduce((kept, next) => (strictness(next) < strictness(kept) ? next : kept));
}

function strictness(text: Outcome): number {
  return STRICTEST_FIRST.indexOf(text.split(" ")[0]!);
}

function outcome(action: string, errno: number | undefined): Outcome {
  const name = action.replace("SCMP_ACT_", "").replace("KILL_THREAD", "KILL");
  return name === "ERRNO" || name === "TRACE" ? `${name} ${errno ?? 1}` : name;
}

function outcomeOf(action: FilterAction): Outcome {
  if (action.action === "errno") return `ERRNO ${action.errno}`;
  return { allow: "ALLOW", log: "LOG", kill: "KILL_PROCESS", killThread: "KILL", trap: "TRAP" }[action.action];
}

function matches({ args = [] }: SeccompSyscall, call: Call): boolean {
  const indexes = new Set(args.map((argument) => argument.index));
  return indexes.size < args.length
    ? args.some((argument) => compare(argument, call))
    : args.every((argument) => compare(argument, call));
}

function compare({ index, op, value, valueTwo = 0 }: SeccompArgument, call: Call): boolean {
  const argument = call.args[index]!;
  const [first, second] = [toBigInt(value), toBigInt(valueTwo)];
  return {
    SCMP_CMP_NE: argument !== first,
    SCMP_CMP_LT: argument < first,
    SCMP_CMP_LE: argument <= first,
    SCMP_CMP_EQ: argument === first,
    SCMP_CMP_GE: argument >= first,
    SCMP_CMP_GT: argument > first,
    SCMP_CMP_MASKED_EQ: (argument & first) === second,
  }[op];
}

function toBigInt(value: SeccompArgument["value"]): bigint {
  return BigInt(typeof value === "object" ? value.rawJSON : value);
}

function holds(condition: Condition, call: Call): boolean {
  const argument = call.args[condition.argument]!;
  if ("mask" in condition) return (argument & condition.mask) === condition.value;
  return argument >= condition.from && argument <= condition.to;
}
