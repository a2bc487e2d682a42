import type { Identity } from "../model/facts.ts";
import { openForWriting, writeAll, writeWhole } from "../sys/files/write.ts";
import { signalName } from "../values/signal.ts";
import type { NetworkUsage } from "./host/networkFilters.ts";
import { readUsage, type Usage } from "./host/usage.ts";
import { type Outcome, type Verdict, verdictOf } from "./outcome.ts";

/** The content of `--result`, documented in docs/json.md. */
export interface RunResult extends Usage, NetworkUsage {
  /** Exit code of `dynuser run`. */
  readonly exitCode: number;
  /** $SERVICE_RESULT of systemd.exec(5). */
  readonly result: Outcome["result"];
  /** How it ended, in one word. */
  readonly verdict: Verdict;
  /** `SIGKILL`; absent when the command exited. */
  readonly signal?: string;
  readonly user?: string;
  readonly uid?: number;
  readonly startedAt: string;
  readonly wallSeconds: number;
}

export interface ResultFile {
  /** Must be called before the cgroups are removed. */
  write(exitCode: number, verdict: Outcome, cgroups: readonly string[], network: NetworkUsage): void;
}

/**
 * Opens the file before a command starts, so that a wrong path is an error.
 * @throws the error of open(2)
 */
export function openResult(path: string, identity: Identity | undefined): ResultFile {
  const write = path === "-" ? writeToOutput : writeToFile(openForWriting(path));
  const [startedAt, start] = [new Date().toISOString(), performance.now()];
  return {
    write: (exitCode, outcome, cgroups, network) => {
      const { result, mainEnd } = outcome;
      const usage = readUsage(cgroups);
      const seconds = (performance.now() - start) / 1000;
      const content: RunResult = {
        exitCode,
        result,
        verdict: verdictOf(outcome, usage.oomKills ?? 0),
        ...(mainEnd !== undefined && "signal" in mainEnd && { signal: signalName(mainEnd.signal) }),
        ...(identity !== undefined && { user: identity.name, uid: identity.uid }),
        startedAt,
        wallSeconds: Number(seconds.toFixed(3)),
        ...usage,
        ...network,
        limitsHit: [...usage.limitsHit, ...(outcome.isOverdue ? ["runtime"] : [])],
      };
      write(`${JSON.stringify(content, undefined, 2)}\n`);
    },
  };
}

function writeToFile(descriptor: number): (text: string) => void {
  return (text) => writeWhole(descriptor, text);
}

/** `-`: after the output of the command. */
function writeToOutput(text: string): void {
  const STDOUT = 1;
  writeAll(STDOUT, Buffer.from(text));
}
