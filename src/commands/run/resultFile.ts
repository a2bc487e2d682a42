import type { Identity } from "../../facts.ts";
import { readUsage, type Usage } from "../../host/usage.ts";
import { openForWriting, writeWhole } from "../../sys/files.ts";
import { signalName } from "../../values/signal.ts";
import type { Verdict } from "./verdict.ts";

/** What `--result` says of one run; docs/json.md tells it to people. */
export interface RunResult extends Usage {
  /** Of `dynuser run` itself. */
  readonly exitCode: number;
  /** systemd's word for it ($SERVICE_RESULT). */
  readonly result: Verdict["result"];
  /** `SIGKILL`; absent when the command ended by itself. */
  readonly signal?: string;
  readonly user?: string;
  readonly uid?: number;
  readonly startedAt: string;
  readonly wallSeconds: number;
}

export interface ResultFile {
  /** While the cgroups are still there. */
  write(exitCode: number, verdict: Verdict, cgroups: readonly string[]): void;
}

/**
 * Opened before anything is started, so that a wrong path is an error and not a lost result.
 * @throws the error of open(2)
 */
export function openResult(path: string, identity: Identity | undefined): ResultFile {
  const descriptor = openForWriting(path);
  const [startedAt, start] = [new Date().toISOString(), performance.now()];
  return {
    write: (exitCode, { result, mainEnd }, cgroups) => {
      const seconds = (performance.now() - start) / 1000;
      const content: RunResult = {
        exitCode,
        result,
        ...(mainEnd !== undefined && "signal" in mainEnd && { signal: signalName(mainEnd.signal) }),
        ...(identity !== undefined && { user: identity.name, uid: identity.uid }),
        startedAt,
        wallSeconds: Number(seconds.toFixed(3)),
        ...readUsage(cgroups),
      };
      writeWhole(descriptor, `${JSON.stringify(content, undefined, 2)}\n`);
    },
  };
}
