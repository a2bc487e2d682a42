import type { End } from "../../sys/process.ts";
import type { Command } from "../../values/commandLine.ts";
import { signalName } from "../../values/signal.ts";
import type { Lifecycle, Step } from "./lifecycle.ts";

/** systemd's words for what became of a service ($SERVICE_RESULT in systemd.exec(5)). */
export type Result =
  | "success"
  | "exec-condition"
  | "exit-code"
  | "signal"
  | "core-dump"
  | "timeout"
  | "watchdog"
  | "protocol";

/** Of the whole service so far. */
export interface Verdict {
  readonly result: Result;
  /** What `dynuser run` exits with. */
  readonly code: number;
  /** Of the last main process that has ended. */
  readonly mainEnd?: End;
}

export type Judged = Pick<Verdict, "result" | "code">;

/** How a command ended, and what a shell would say of it. */
export interface Ended {
  readonly end: End;
  readonly code: number;
}

export const SO_FAR_SO_GOOD: Verdict = { result: "success", code: 0 };

/** Signals by which a service that runs on may end (src/shared/exit-status.c, EXIT_CLEAN_DAEMON): HUP, INT, PIPE, TERM. */
const CLEAN_SIGNALS: readonly number[] = [1, 2, 13, 15];

/** What one command's end means for its service, and for the exit code of `dynuser run`. */
export function judge({ end, code }: Ended, { mayFail }: Command, step: Step, { type, success }: Lifecycle): Judged {
  const isSuccess = "code" in end ? success.codes.includes(end.code) : success.signals.includes(end.signal);
  if (mayFail || isSuccess) return { result: "success", code: 0 };
  if ("code" in end) return judgeCode(end.code, code, step);
  const isClean = type !== "oneshot" && CLEAN_SIGNALS.includes(end.signal);
  return { result: isClean ? "success" : end.dumped ? "core-dump" : "signal", code };
}

function judgeCode(status: number, code: number, step: Step): Judged {
  if (status === 0) return { result: "success", code: 0 };
  const isSkip = step === "ExecCondition" && status < 255;
  return isSkip ? { result: "exec-condition", code: 0 } : { result: "exit-code", code };
}

/** The first failure counts, and so does the first exit code that is not 0. */
export function add(verdict: Verdict, { result, code }: Judged): Verdict {
  return {
    ...verdict,
    result: verdict.result === "success" ? result : verdict.result,
    code: verdict.code || code,
  };
}

/** What commands of the stop are told. */
export function resultVariables({ result, mainEnd }: Verdict): Readonly<Record<string, string>> {
  return { SERVICE_RESULT: result, ...(mainEnd === undefined ? {} : endVariables(mainEnd)) };
}

function endVariables(end: End): Readonly<Record<string, string>> {
  if ("code" in end) return { EXIT_CODE: "exited", EXIT_STATUS: String(end.code) };
  return { EXIT_CODE: end.dumped ? "dumped" : "killed", EXIT_STATUS: signalName(end.signal).replace(/^SIG/, "") };
}
