import { assess } from "./assess.ts";
import { ASSESSORS, type Assessor } from "./assessors.ts";
import { collectEvidence } from "./evidence.ts";
import type { Subject } from "./subject.ts";

/** The exposure of a container on the scale of systemd-analyze(1) security. */
export interface Exposure {
  /** Tenths of systemd's scale: 0 is the best, 100 the worst. */
  readonly tenths: number;
  readonly level: Level;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly assessor: Assessor;
  /** 0 to the assessor's range; undefined if the assessor does not apply. */
  readonly badness: number | undefined;
  /** Its contribution before the division by the sum of weights. */
  readonly cost: number;
  /** Its contribution to the exposure in tenths, rounded up. */
  readonly tenths: number;
}

const LEVELS = [
  { from: 100, level: "DANGEROUS" },
  { from: 90, level: "UNSAFE" },
  { from: 75, level: "EXPOSED" },
  { from: 50, level: "MEDIUM" },
  { from: 10, level: "OK" },
  { from: 1, level: "SAFE" },
  { from: 0, level: "PERFECT" },
] as const;
export type Level = (typeof LEVELS)[number]["level"];

export function measureExposure(subject: Subject): Exposure {
  const evidence = collectEvidence(subject);
  return weigh(ASSESSORS.map((assessor) => [assessor, assess(assessor, evidence)] as const));
}

/** systemd's arithmetic, every division rounded up (src/analyze/analyze-security.c, assess). */
export function weigh(found: readonly (readonly [Assessor, number | undefined])[]): Exposure {
  const asked = found.filter(([, badness]) => badness !== undefined);
  const weights = sum(asked.map(([{ weight }]) => weight));
  const costs = sum(asked.map(([assessor, badness]) => Math.ceil(costOf(assessor, badness!))));
  const tenths = Math.ceil((costs * 100) / weights);
  const rows = found.map(([assessor, badness]) => {
    const cost = costOf(assessor, badness ?? 0);
    return { assessor, badness, cost, tenths: Math.ceil(Math.ceil(cost * 100) / weights) };
  });
  return { tenths, level: levelOf(tenths), rows };
}

/** `4.5` */
export function formatTenths(tenths: number): string {
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function levelOf(tenths: number): Level {
  return LEVELS.find(({ from }) => from <= tenths)!.level;
}

function costOf({ weight, range }: Assessor, badness: number): number {
  return (badness * weight) / range;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
