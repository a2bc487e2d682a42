import { directive } from "../directive.ts";
import { type Condition, errno, forbid, MAXIMUM } from "../filter.ts";
import { boolean } from "../values/boolean.ts";

const EPERM = 1;

/** Every policy but SCHED_OTHER, SCHED_BATCH and SCHED_IDLE (0, 3 and 5). */
const REALTIME: readonly Condition[] = [
  { argument: 1, from: 1n, to: 2n },
  { argument: 1, from: 4n, to: 4n },
  { argument: 1, from: 6n, to: MAXIMUM },
];

export const RestrictRealtime = directive({
  name: "RestrictRealtime",
  summary: "Refuses realtime scheduling",
  value: boolean,
  support: "full",
  effect: "takes",
  *plan(enabled, { service }) {
    if (!enabled) return;
    const rules = REALTIME.map((condition) => ({ calls: ["sched_setscheduler"], when: [condition] }));
    yield { kind: "seccomp", filter: forbid("RestrictRealtime", errno(EPERM), rules) };
    const hasLimit = [...service.entries()].some(([{ name }]) => name === "LimitRTPRIO");
    if (!hasLimit) yield { kind: "rlimit", type: "RLIMIT_RTPRIO", soft: 0n, hard: 0n };
  },
});
