import { directive } from "../model/directive.ts";
import { type Condition, errno, forbid, MAXIMUM } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { LimitRTPRIO } from "./limits.ts";

const EPERM = 1;

/** Every policy but SCHED_OTHER, SCHED_BATCH and SCHED_IDLE (0, 3 and 5). */
const REALTIME: readonly Condition[] = [
  { argument: 1, from: 1n, to: 2n },
  { argument: 1, from: 4n, to: 4n },
  { argument: 1, from: 6n, to: MAXIMUM },
];

const RULES = REALTIME.map((condition) => ({ calls: ["sched_setscheduler"], when: [condition] }));

export const RestrictRealtime = directive({
  name: "RestrictRealtime",
  summary: "Denies realtime scheduling",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: { rank: 20, ...grade("yes") },
  filter: { order: 40, rules: (enabled) => (enabled ? forbid(errno(EPERM), RULES) : undefined) },
  *plan(enabled, { service }) {
    if (!enabled || service.get(LimitRTPRIO) !== undefined) return;
    yield { kind: "rlimit", type: "RLIMIT_RTPRIO", soft: 0n, hard: 0n };
  },
});
