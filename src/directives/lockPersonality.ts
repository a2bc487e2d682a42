import { directive } from "../directive.ts";
import { errno, forbid, MAXIMUM } from "../filter.ts";
import { boolean } from "../values/boolean.ts";
import { Personality } from "./processAttributes.ts";

const EPERM = 1;
/** PER_LINUX and PER_LINUX32 of personality(2). */
const PERSONALITIES = { LINUX: 0n, LINUX32: 8n } as const;

export const LockPersonality = directive({
  name: "LockPersonality",
  summary: "Refuses to change the execution domain, personality(2)",
  value: boolean,
  support: "full",
  effect: "takes",
  *plan(enabled, { service, spec }) {
    if (!enabled) return;
    const current = PERSONALITIES[service.get(Personality) ?? spec.linux?.personality?.domain ?? "LINUX"];
    const others = [
      { argument: 0, from: 0n, to: current - 1n },
      { argument: 0, from: current + 1n, to: MAXIMUM },
    ].filter(({ from, to }) => from <= to);
    const rules = others.map((condition) => ({ calls: ["personality"], when: [condition] }));
    yield { kind: "seccomp", filter: forbid("LockPersonality", errno(EPERM), rules) };
  },
});
