import type { Evidence } from "./evidence.ts";

/** The badness, 0 to the assessor's range; undefined if the assessor does not apply. */
export type Assess = (evidence: Evidence) => number | undefined;
