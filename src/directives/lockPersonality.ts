import { directive } from "../model/directive.ts";
import { errno, forbid, MAXIMUM } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { Personality } from "./processAttributes.ts";

const EPERM = 1;
/** PER_LINUX and PER_LINUX32 of personality(2). */
const PERSONALITIES = { LINUX: 0n, LINUX32: 8n } as const;

export const LockPersonality = directive({
  name: "LockPersonality",
  summary: "Locks down personality(2), so that the execution domain cannot be changed",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: { rank: 21, ...grade("yes") },
  filter: {
    order: 130,
    rules(enabled, { service, spec }) {
      if (!enabled) return undefined;
      const current = PERSONALITIES[service.get(Personality) ?? spec.linux?.personality?.domain ?? "LINUX"];
      const others = [
        { argument: 0, from: 0n, to: current - 1n },
        { argument: 0, from: current + 1n, to: MAXIMUM },
      ].filter(({ from, to }) => from <= to);
      return forbid(
        errno(EPERM),
        others.map((condition) => ({ calls: ["personality"], when: [condition] })),
      );
    },
  },
});
