import type { Candidate } from "./candidates.ts";

/** Whether the command still passes under these settings; undefined when it was interrupted. */
export type Trial = (settings: readonly string[]) => Promise<boolean | undefined>;

/** The result of a search, complete or not: the command has passed with exactly these settings. */
export interface Found {
  readonly settings: readonly string[];
  readonly isComplete: boolean;
}

/**
 * The candidates with which the command passes, found by halving: all together first, and where that fails each half on
 * top of those already kept. A single candidate that fails is replaced by its weaker ones. Each failing candidate among many
 * costs a handful of trials (delta debugging: Zeller and Hildebrandt, 2002), and the order is deterministic.
 */
export async function search(candidates: readonly Candidate[], trial: Trial): Promise<Found> {
  let kept: readonly Candidate[] = [];
  let isComplete = true;
  await admit(candidates);
  return { settings: settingsOf(kept), isComplete };

  async function admit(group: readonly Candidate[]): Promise<void> {
    if (group.length === 0 || !isComplete) return;
    const passes = await trial(settingsOf([...kept, ...group]));
    if (passes === undefined) isComplete = false;
    else if (passes) kept = [...kept, ...group];
    else if (group.length === 1) await admit(group[0]!.weaker);
    else {
      const middle = group.length >> 1;
      await admit(group.slice(0, middle));
      await admit(group.slice(middle));
    }
  }
}

function settingsOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.flatMap(({ settings }) => settings);
}
