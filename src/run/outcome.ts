import type { End } from "../sys/process/process.ts";
import type { Command } from "../values/commandLine.ts";
import { signalName } from "../values/signal.ts";
import type { Lifecycle, Step } from "./lifecycle.ts";

/** $SERVICE_RESULT of systemd.exec(5). */
export type Result =
  | "success"
  | "exec-condition"
  | "exit-code"
  | "signal"
  | "core-dump"
  | "timeout"
  | "watchdog"
  | "oom-kill"
  | "protocol";

/** The result of the whole service so far. */
export interface Outcome {
  readonly result: Result;
  /** Exit code of `dynuser run`. */
  readonly code: number;
  /** End of the last main process. */
  readonly mainEnd?: End;
  /** RuntimeMaxSec= was reached. */
  readonly isOverdue?: true;
}

/** How a run ended, in one word for people and programs. */
export type Verdict = "success" | "exit-code" | "signal" | "timeout" | "oom-kill" | "limit" | "failure";

/** SIGXCPU and SIGXFSZ end a process that exceeds LimitCPU= or LimitFSIZE= (setrlimit(2)). */
const LIMIT_SIGNALS: readonly number[] = [24, 25];

/** @param oomKills processes that the kernel killed for want of memory */
export function verdictOf({ result, code, mainEnd }: Outcome, oomKills: number): Verdict {
  const signal = mainEnd !== undefined && "signal" in mainEnd ? mainEnd.signal : undefined;
  if (result === "oom-kill" || (signal === KILL && oomKills > 0)) return "oom-kill";
  if (result === "timeout" || result === "watchdog") return "timeout";
  if (signal !== undefined && LIMIT_SIGNALS.includes(signal)) return "limit";
  if (signal !== undefined && code !== 0) return "signal";
  if (result === "success" || result === "exec-condition") return "success";
  return result === "exit-code" ? "exit-code" : "failure";
}

const KILL = 9;

export type Judged = Pick<Outcome, "result" | "code">;

/** How a command ended; `code` as in shells. */
export interface Ended {
  readonly end: End;
  readonly code: number;
  /** Why it could not be started, in one line. */
  readonly failure?: string;
}

export const SUCCESS: Outcome = { result: "success", code: 0 };

/** HUP, INT, PIPE and TERM are a clean end of a service but oneshot, and not of a command (src/shared/exit-status.c, EXIT_CLEAN_DAEMON). */
const CLEAN_SIGNALS: readonly number[] = [1, 2, 13, 15];

/** The result of a command for its service and for the exit code of `dynuser run`. */
export function judge({ end, code }: Ended, { mayFail }: Command, step: Step, lifecycle: Lifecycle): Judged {
  const { type, success, isCommand } = lifecycle;
  const isSuccess = "code" in end ? success.codes.includes(end.code) : success.signals.includes(end.signal);
  if (mayFail || isSuccess) return { result: "success", code: 0 };
  if ("code" in end) return judgeCode(end.code, code, step);
  const isClean = type !== "oneshot" && !isCommand && CLEAN_SIGNALS.includes(end.signal);
  return { result: isClean ? "success" : end.dumped ? "core-dump" : "signal", code };
}

function judgeCode(status: number, code: number, step: Step): Judged {
  if (status === 0) return { result: "success", code: 0 };
  const isSkip = step === "ExecCondition" && status < 255;
  return isSkip ? { result: "exec-condition", code: 0 } : { result: "exit-code", code };
}

/** The first failure and the first exit code other than 0 stay. */
export function add(verdict: Outcome, { result, code }: Judged): Outcome {
  return {
    ...verdict,
    result: verdict.result === "success" ? result : verdict.result,
    code: verdict.code || code,
  };
}

/** Variables of the commands of the stop. */
export function resultVariables({ result, mainEnd }: Outcome): Readonly<Record<string, string>> {
  return { SERVICE_RESULT: result, ...(mainEnd === undefined ? {} : endVariables(mainEnd)) };
}

function endVariables(end: End): Readonly<Record<string, string>> {
  if ("code" in end) return { EXIT_CODE: "exited", EXIT_STATUS: String(end.code) };
  return { EXIT_CODE: end.dumped ? "dumped" : "killed", EXIT_STATUS: signalName(end.signal).replace(/^SIG/, "") };
}
