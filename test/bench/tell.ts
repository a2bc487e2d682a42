import type { Measurement, MeasurePlan } from "./measure.ts";

/** What we promise of a row: how much more than another one it costs at most. */
export interface Promised {
  readonly of: string;
  readonly over: string;
  readonly most: { readonly milliseconds: number } | { readonly ratio: number };
}

/** Milliseconds of each round by row. */
export type Samples = Readonly<Record<string, readonly number[]>>;

export function tell(
  title: string,
  plan: MeasurePlan,
  { milliseconds, failures }: Measurement,
  promises: readonly Promised[] = [],
): Samples {
  const rows = Object.entries(milliseconds);
  const base = median(rows[0]?.[1] ?? []);
  console.log(`\n${title} (median of ${plan.rounds} interleaved runs)`);
  for (const [name, samples] of rows) {
    const value = median(samples);
    const figures = `${value.toFixed(1).padStart(9)} ms  ${(value / base).toFixed(2).padStart(5)} x   best ${Math.min(...samples).toFixed(1)}`;
    console.log(`  ${name.padEnd(24)}${failures[name] === undefined ? figures : `  failed: ${failures[name]}`}`);
  }
  for (const promise of promises) console.log(`  ${judge(promise, milliseconds)}`);
  return milliseconds;
}

/** Compares round by round, as the machine's speed drifts. */
function judge({ of, over, most }: Promised, samples: Samples): string {
  const pairs = (samples[of] ?? []).map((value, round) => [value, samples[over]?.[round] ?? Number.NaN] as const);
  const ratio = median(pairs.map(([value, base]) => value / base));
  const more = median(pairs.map(([value, base]) => value - base));
  return verdict(of, ratio, "ratio" in most ? { ratio: most.ratio } : { more, milliseconds: most.milliseconds });
}

/** Compares one row of two measurements. */
export function judgeAcross(title: string, row: string, later: Samples, earlier: Samples, most: number): string {
  return verdict(title, median(later[row] ?? []) / median(earlier[row] ?? []), { ratio: most });
}

function verdict(
  of: string,
  ratio: number,
  most: { readonly ratio: number } | { readonly more: number; readonly milliseconds: number },
): string {
  const isKept = "more" in most ? most.more <= most.milliseconds : ratio <= most.ratio;
  const figures =
    "more" in most
      ? `${most.more.toFixed(2)} ms more (${ratio.toFixed(2)} x), at most ${most.milliseconds} ms`
      : `${ratio.toFixed(2)} x, at most ${most.ratio} x`;
  return `${isKept ? "kept" : "BROKEN"}: ${of} costs ${figures}`;
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
