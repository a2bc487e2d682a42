import { FAILED } from "../../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { StopRequest } from "../signals.ts";
import { firstOf, startTimer } from "../timer.ts";
import { countStarts, delayBefore, type RestartPolicy, shallRestart } from "./policy.ts";

/** What one start of a service has come to. */
export interface Finished {
  readonly code: number;
  readonly outcome: Outcome;
}

interface Restarting {
  readonly policy: RestartPolicy;
  readonly stopRequest: StopRequest;
  warn(text: string): void;
  /** Starts the service and waits for its end; undefined where it is not to be started any more. */
  runOnce(count: number): Promise<Finished | undefined>;
}

/**
 * Starts the service until it stays ended: it was stopped, Restart= does not ask for more, or it was started too often.
 * @returns the exit code of the last start
 */
export async function runWithRestarts({ policy, stopRequest, warn, runOnce }: Restarting): Promise<number> {
  const starts = countStarts(policy.limit);
  let code = 0;
  for (let count = 0; starts.allows(performance.now()); count++) {
    const finished = await runOnce(count);
    if (finished === undefined) return code;
    code = finished.code;
    if (stopRequest.stopSignal() !== undefined || !shallRestart(policy, finished.outcome)) return code;
    const delay = delayBefore(policy.delay, count + 1, Math.random());
    warn(`restarting in ${formatMilliseconds(delay)}, as Restart=${policy.when} asks for (${finished.outcome.result})`);
    if (!(await hasPassed(delay, stopRequest))) return code;
  }
  const { burst, interval } = policy.limit;
  warn(`not restarting: started ${burst} times within ${formatMilliseconds(interval)} (StartLimitBurst=)`);
  return code || FAILED;
}

/** False when a stop was requested meanwhile. */
async function hasPassed(milliseconds: number, { stop }: StopRequest): Promise<boolean> {
  const timer = startTimer(milliseconds);
  const event = await firstOf({ stop, passed: timer.passed });
  timer.stop();
  return event === "passed";
}

function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Number((milliseconds / 1000).toFixed(1))} s`;
}
