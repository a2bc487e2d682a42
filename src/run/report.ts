import { problemsOfFailure } from "../console/failure.ts";
import type { Options } from "../console/options.ts";
import { FAILED } from "../errors.ts";
import type { Identity } from "../model/facts.ts";
import { withContext } from "../sys/failure.ts";
import { signalName } from "../values/signal.ts";
import type { NetworkUsage } from "./host/networkFilters.ts";
import { readUsage } from "./host/usage.ts";
import { type Outcome, verdictOf } from "./outcome.ts";
import { openResult, type RunResult } from "./resultFile.ts";
import { openStatusPipe } from "./statusPipe.ts";

/** What `--result` and `--status-fd` show of a run. */
export interface Report {
  /**
   * Before anything else is done, so that a wrong path is an error, and while the umask is the caller's.
   * @throws UserError
   */
  open(): void;
  /** The service is about to start, again after a restart. */
  begin(identity: Identity | undefined): void;
  /** The main process runs. */
  started(pid: number): void;
  /** Must be called before the cgroups are removed. */
  ended(exitCode: number, outcome: Outcome, cgroups: readonly string[], network: NetworkUsage): void;
  /** A condition of the unit is not met. */
  skipped(reason: string): void;
  /** The run was refused, or dynuser itself failed. */
  failed(error: unknown): void;
}

/** Opens nothing yet: without root the same command starts again in its user namespace. */
export function reportOf(options: Options): Report {
  const [path, descriptor] = [options.get("result"), options.get("status-fd")];
  const status = once(descriptor, openStatusPipe);
  const file = once(path, (name) => withContext(`write --result ${name}`, () => openResult(name)));
  let clock = startClock();
  let identity: Identity | undefined;

  const write = (result: Omit<RunResult, "startedAt" | "wallSeconds">) => {
    const { exitCode, result: word, verdict, message } = result;
    status()?.write({ event: "ended", exitCode, result: word, verdict, ...(message !== undefined && { message }) });
    withContext(`write --result ${path}`, () => file()?.write({ ...result, ...clock() }));
  };
  return {
    open: () => {
      status();
      file();
    },
    begin: (user) => {
      identity = user;
      clock = startClock();
    },
    started: (pid) => {
      const { name: user = "root", uid = 0 } = identity ?? {};
      status()?.write({ event: "started", pid, uid, user });
    },
    ended: (exitCode, outcome, cgroups, network) => {
      const { result, mainEnd } = outcome;
      const usage = readUsage(cgroups);
      write({
        exitCode,
        result,
        verdict: verdictOf(outcome, usage.oomKills ?? 0),
        ...(mainEnd !== undefined && "signal" in mainEnd && { signal: signalName(mainEnd.signal) }),
        ...(identity !== undefined && { user: identity.name, uid: identity.uid }),
        ...usage,
        ...network,
        limitsHit: [...usage.limitsHit, ...(outcome.isOverdue ? ["runtime"] : [])],
      });
    },
    skipped: (message) => write({ exitCode: 0, result: "success", verdict: "success", message }),
    failed: (error) => {
      try {
        write({
          exitCode: FAILED,
          result: "resources",
          verdict: "failure",
          message: problemsOfFailure(error).join("\n"),
        });
      } catch {
        // The first failure is the one to report.
      }
    },
  };
}

/** Opened when it is first asked for; where that fails, it is absent from then on. */
function once<T>(name: string | undefined, open: (name: string) => T): () => T | undefined {
  let left = name;
  let opened: T | undefined;
  return () => {
    const wanted = left;
    left = undefined;
    if (wanted !== undefined) opened = open(wanted);
    return opened;
  };
}

function startClock(): () => Pick<RunResult, "startedAt" | "wallSeconds"> {
  const [startedAt, start] = [new Date().toISOString(), performance.now()];
  return () => ({ startedAt, wallSeconds: Number(((performance.now() - start) / 1000).toFixed(3)) });
}
