import type { Measurement, MeasurePlan } from "./measure.ts";

/** What we promise of a row: how much more than another one it costs at most. */
export interface Promised {
  readonly of: string;
  readonly over: string;
  readonly most: { readonly milliseconds: number } | { readonly ratio: number };
}

export function tell(
  title: string,
  plan: MeasurePlan,
  { milliseconds, failures }: Measurement,
  promises: readonly Promised[] = [],
): void {
  const medians = Object.entries(milliseconds).map(([name, samples]) => ({
    name,
    median: median(samples),
    best: Math.min(...samples),
  }));
  const base = medians[0]?.median ?? Number.NaN;
  console.log(`\n${title} (median of ${plan.rounds} interleaved runs)`);
  for (const { name, median: value, best } of medians) {
    const failure = failures[name];
    const figures = `${value.toFixed(1).padStart(9)} ms  ${(value / base).toFixed(2).padStart(5)} x   best ${best.toFixed(1)}`;
    console.log(`  ${name.padEnd(24)}${failure === undefined ? figures : `  failed: ${failure}`}`);
  }
  for (const promise of promises)
    console.log(`  ${judge(promise, new Map(medians.map((row) => [row.name, row.median])))}`);
}

function judge({ of, over, most }: Promised, medians: ReadonlyMap<string, number>): string {
  const [value, base] = [of, over].map((name) => medians.get(name) ?? Number.NaN) as [number, number];
  const [found, limit, unit] =
    "ratio" in most ? [value / base, most.ratio, "x"] : [value - base, most.milliseconds, "ms more"];
  return `${found <= limit ? "kept" : "BROKEN"}: ${of} costs ${found.toFixed(2)} ${unit}, at most ${limit}`;
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
