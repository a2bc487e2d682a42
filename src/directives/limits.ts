import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import type { RlimitType } from "../oci/spec.ts";
import { type Limit, type LimitUnit, limit } from "../values/limit.ts";
import { INFINITY } from "../values/size.ts";

/** Limits that permit what otherwise needs CAP_SYS_NICE or CAP_IPC_LOCK. */
const PRIVILEGES: ReadonlySet<Suffix> = new Set(["NICE", "RTPRIO", "MEMLOCK"]);

const REPLACED = { replacedByPodman: true } as const;

export const LimitCPU = limitOf("CPU", "seconds", "Limits CPU time in seconds (RLIMIT_CPU)");
export const LimitFSIZE = limitOf("FSIZE", "bytes", "Limits the size of created files (RLIMIT_FSIZE)");
export const LimitDATA = limitOf("DATA", "bytes", "Limits the size of the data segment (RLIMIT_DATA)");
export const LimitSTACK = limitOf("STACK", "bytes", "Limits the size of the stack (RLIMIT_STACK)");
export const LimitCORE = limitOf("CORE", "bytes", "Limits the size of core dumps (RLIMIT_CORE)");
export const LimitRSS = limitOf(
  "RSS",
  "bytes",
  "Limits resident memory (RLIMIT_RSS); has no effect since Linux 2.4.30",
);
export const LimitNOFILE = limitOf(
  "NOFILE",
  "count",
  "Limits the number of open file descriptors (RLIMIT_NOFILE)",
  REPLACED,
);
export const LimitAS = limitOf("AS", "bytes", "Limits the size of the address space (RLIMIT_AS)");
export const LimitNPROC = limitOf(
  "NPROC",
  "count",
  "Limits the number of the user's processes (RLIMIT_NPROC)",
  REPLACED,
);
export const LimitMEMLOCK = limitOf("MEMLOCK", "bytes", "Limits locked memory (RLIMIT_MEMLOCK)");
export const LimitLOCKS = limitOf(
  "LOCKS",
  "count",
  "Limits the number of file locks (RLIMIT_LOCKS); has no effect since Linux 2.4.25",
);
export const LimitSIGPENDING = limitOf(
  "SIGPENDING",
  "count",
  "Limits the number of queued signals (RLIMIT_SIGPENDING)",
);
export const LimitMSGQUEUE = limitOf("MSGQUEUE", "bytes", "Limits the size of POSIX message queues (RLIMIT_MSGQUEUE)");
export const LimitNICE = limitOf("NICE", "nice", "Highest nice level that processes may set (RLIMIT_NICE)");
export const LimitRTPRIO = limitOf(
  "RTPRIO",
  "count",
  "Highest realtime priority that processes may set (RLIMIT_RTPRIO)",
);
export const LimitRTTIME = limitOf(
  "RTTIME",
  "microseconds",
  "Limits realtime CPU time without a blocking system call (RLIMIT_RTTIME)",
);

type Suffix<T extends RlimitType = RlimitType> = T extends `RLIMIT_${infer S}` ? S : never;

function limitOf(
  suffix: Suffix,
  unit: LimitUnit,
  summary: string,
  more: Pick<Directive, "replacedByPodman"> = {},
): Directive<Limit> {
  const name = `Limit${suffix}`;
  return directive({
    name,
    summary,
    ...more,
    value: limit(unit),
    support: "full",
    effect: PRIVILEGES.has(suffix) ? "grants" : "neutral",
    plan: (value, context) => planLimit(name, `RLIMIT_${suffix}`, value, context),
  });
}

/** Lowered to this process's hard limit, where runtimes would fail (src/basic/rlimit-util.c, setrlimit_closest). */
function* planLimit(name: string, type: RlimitType, wanted: Limit, { facts }: Context): Iterable<PlannedChange> {
  const most = facts.hardLimit(type);
  const hard = atMost(most, wanted.hard);
  yield { kind: "rlimit", type, soft: atMost(most, wanted.soft), hard };
  if (hard < wanted.hard) {
    yield {
      kind: "warning",
      text: `lowering ${name}= to ${hard}: found ${format(wanted.hard)}, expected at most the caller's hard limit`,
    };
  }
}

function atMost(most: bigint, value: bigint): bigint {
  if (value > most) return most;
  return value;
}

function format(value: bigint): string {
  return value === INFINITY ? "infinity" : String(value);
}
