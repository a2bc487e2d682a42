import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { RlimitType } from "../oci/spec.ts";
import type { Context } from "../plan.ts";
import { type Limit, type LimitUnit, limit } from "../values/limit.ts";
import { INFINITY } from "../values/size.ts";

/** Limits that stand for a capability: CAP_SYS_NICE, CAP_IPC_LOCK. */
const PRIVILEGES: ReadonlySet<Suffix> = new Set(["NICE", "RTPRIO", "MEMLOCK"]);

export const LimitCPU = limitOf("CPU", "seconds", "CPU time in seconds");
export const LimitFSIZE = limitOf("FSIZE", "bytes", "Size of files that are written");
export const LimitDATA = limitOf("DATA", "bytes", "Size of the data segment");
export const LimitSTACK = limitOf("STACK", "bytes", "Size of the stack");
export const LimitCORE = limitOf("CORE", "bytes", "Size of core dumps");
export const LimitRSS = limitOf("RSS", "bytes", "Resident memory; without effect since Linux 2.4.30");
export const LimitNOFILE = limitOf("NOFILE", "count", "Number of open files");
export const LimitAS = limitOf("AS", "bytes", "Size of the address space");
export const LimitNPROC = limitOf("NPROC", "count", "Number of processes of the user");
export const LimitMEMLOCK = limitOf("MEMLOCK", "bytes", "Memory that stays out of swap");
export const LimitLOCKS = limitOf("LOCKS", "count", "Number of file locks; without effect since Linux 2.4.25");
export const LimitSIGPENDING = limitOf("SIGPENDING", "count", "Number of queued signals");
export const LimitMSGQUEUE = limitOf("MSGQUEUE", "bytes", "Size of POSIX message queues");
export const LimitNICE = limitOf("NICE", "nice", "Nice level that processes may take");
export const LimitRTPRIO = limitOf("RTPRIO", "count", "Realtime priority that processes may take");
export const LimitRTTIME = limitOf("RTTIME", "microseconds", "Realtime CPU time without a pause");

type Suffix<T extends RlimitType = RlimitType> = T extends `RLIMIT_${infer S}` ? S : never;

function limitOf(suffix: Suffix, unit: LimitUnit, summary: string): Directive<Limit> {
  const name = `Limit${suffix}`;
  return directive({
    name,
    summary,
    value: limit(unit),
    support: "full",
    effect: PRIVILEGES.has(suffix) ? "gives" : "neutral",
    plan: (value, context) => planLimit(name, `RLIMIT_${suffix}`, value, context),
  });
}

/** As close as this process may grant, where runtimes would fail (src/basic/rlimit-util.c, setrlimit_closest). */
function* planLimit(name: string, type: RlimitType, wanted: Limit, { facts }: Context): Iterable<Change> {
  const most = facts.hardLimit(type);
  const hard = atMost(most, wanted.hard);
  yield { kind: "rlimit", type, soft: atMost(most, wanted.soft), hard };
  if (hard < wanted.hard) {
    yield {
      kind: "warning",
      text: `lowering ${name}= to ${hard}: found ${format(wanted.hard)}, more than this host grants`,
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
