import { problemsOf } from "../../src/errors.ts";
import { makeRandom } from "../support/random.ts";
import { TARGETS, type Target } from "./targets.ts";

/** One text that was not read as it should be. */
export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly text: string;
  readonly problem: string;
}

/** Processor time from which an input counts as a hang. */
const SLOW_MILLISECONDS = 2000;

/** Cases with the seeds from `first` on, each target in turn. */
export async function findFaults(first: number, count: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const target = TARGETS[seed % TARGETS.length]!;
    const text = target.make(makeRandom(seed));
    const problem = await tryText(target, text);
    if (problem !== undefined) findings.push({ target: target.name, seed, text, problem });
  }
  return findings;
}

/** What is wrong with how it is read; undefined when it is read, or refused as a mistake of the user in one line each. */
export async function tryText(target: Target, text: string): Promise<string | undefined> {
  const start = process.cpuUsage();
  const problem = await outcome(target, text);
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  return problem ?? (milliseconds > SLOW_MILLISECONDS ? `took ${Math.round(milliseconds)} ms` : undefined);
}

async function outcome(target: Target, text: string): Promise<string | undefined> {
  try {
    await target.read(text);
    return undefined;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) return error instanceof Error ? (error.stack ?? error.message) : String(error);
    const odd = problems.find((one) => one === "" || /[\0-\x1f\x7f]/.test(one));
    return odd === undefined ? undefined : `a message that is no line: ${JSON.stringify(odd)}`;
  }
}
