import { mountPaths } from "../bundles/mountTable.ts";
import { DEVIATIONS, type Deviation, reasonOf } from "./deviations.ts";
import type { DiskState } from "./diskState.ts";
import { describeMounts, type Observation, type Surroundings } from "./observation.ts";

/** One start of one unit, by systemd or by dynuser. */
export interface Start {
  /** Undefined: it was refused, or the probe did not get to its end. */
  readonly seen: Observation | undefined;
  /** What is new on disk after the end. */
  readonly disk: DiskState;
  /** Printed when there is a difference. */
  readonly messages: string;
}

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export interface Verdict {
  readonly differences: readonly Difference[];
  readonly tolerated: readonly (Difference & { readonly because: string })[];
}

export interface Question {
  /** Names of the directives that the unit uses or that these imply. */
  readonly directives: ReadonlySet<string>;
  readonly runtime: string;
  readonly outside: Surroundings;
}

const ABSENT = "(absent)";

/** Field by field; `expected` is what systemd did. */
export function compareStarts(expected: Start, found: Start, question: Question): Verdict {
  const all = differencesOf(allFields(expected, found, question), allFields(found, expected, question));
  const judged = all.map((difference) => ({
    ...difference,
    because: reasonFor(difference, question),
  }));
  return {
    differences: judged.filter(({ because }) => because === undefined),
    tolerated: judged.filter((entry): entry is Difference & { because: string } => entry.because !== undefined),
  };
}

function allFields(start: Start, other: Start, question: Question): ReadonlyMap<string, string> {
  const fields = new Map([["started", start.seen === undefined ? "no" : "yes"]]);
  for (const [path, state] of start.disk) fields.set(`disk:${path}`, state);
  if (start.seen === undefined || other.seen === undefined) return fields;
  const paths = new Set([...mountPaths(start.seen.mounts), ...mountPaths(other.seen.mounts)]);
  const mounts = describeMounts(start.seen.mounts, [...paths], question.outside);
  return new Map([...fields, ...start.seen.fields, ...mounts].map(([name, value]) => [name, withoutChance(value)]));
}

/** Names of directories that are made up anew for each start, or that belong to the side. */
function withoutChance(value: string): string {
  return value
    .replaceAll(/\/(?:systemd-private-|dynuser-private-)[^/ ]+/g, "/PRIVATE")
    .replaceAll(/\/(?:systemd|dynuser)\/inaccessible\//g, "/INACCESSIBLE/");
}

function differencesOf(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly Difference[] {
  const names = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return names
    .map((field) => ({ field, expected: expected.get(field) ?? ABSENT, found: found.get(field) ?? ABSENT }))
    .filter((difference) => difference.expected !== difference.found);
}

function reasonFor(difference: Difference, question: Question): string | undefined {
  const reasons = DEVIATIONS.filter((deviation) => covers(deviation, difference, question));
  return reasons.map((deviation) => reasonOf(deviation, question.directives)).find((reason) => reason !== undefined);
}

function covers(deviation: Deviation, { field, expected, found }: Difference, question: Question): boolean {
  const [ofSystemd, ofDynuser] = deviation.values ?? [/^/, /^/];
  return (
    deviation.field.test(field) &&
    ofSystemd.test(expected) &&
    ofDynuser.test(found) &&
    (deviation.alike?.(expected, found) ?? true) &&
    (deviation.runtime === undefined || deviation.runtime === question.runtime)
  );
}
