import { problemsOf, quote } from "../../errors.ts";
import { reasonText } from "../../sys/failure.ts";
import { appendText } from "../../sys/files/write.ts";
import { printError } from "../../sys/process/output.ts";
import { optionOf, type RuntimeArguments } from "./arguments.ts";

/**
 * Reports a refusal to the engine as low-level runtimes do: one JSON object (podman reads a single one) in `--log`, and the
 * same words on standard error.
 */
export function reportToEngine(error: unknown, call: RuntimeArguments): void {
  const text = textOf(error);
  const log = logFile(call);
  if (log !== undefined) writeEntry(log, `${formatEntry(`dynuser: ${text}`, optionOf(call, "log-format"))}\n`);
  printError(text);
}

/** The refusal counts, whether or not its log can be written. */
function writeEntry(log: string, entry: string): void {
  try {
    appendText(log, entry);
  } catch (error) {
    printError(`cannot write --log ${quote(log)}: ${reasonText(error)}`);
  }
}

/** All problems on one line: some engines show only the first line, or one with a word that they know. */
function textOf(error: unknown): string {
  const problems = problemsOf(error);
  if (problems !== undefined) return problems.join("; ").replaceAll("\n", " ");
  return `cannot go on: found ${formatFailure(error).replaceAll("\n", " ")}`;
}

/** Not in the C library's words for an errno: podman and Docker search for those to classify a failure. */
function formatFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error.message : `${code} of ${syscall} ${path ?? ""}`;
}

/** For crun's journald: and syslog: standard error is all there is. */
function logFile(call: RuntimeArguments): string | undefined {
  const log = optionOf(call, "log");
  if (log === undefined || log === "" || /^(journald|syslog):/.test(log)) return undefined;
  return log.replace(/^file:/, "");
}

function formatEntry(msg: string, format: string | undefined): string {
  const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  if (format === "json") return JSON.stringify({ level: "error", msg, time });
  return `time=${JSON.stringify(time)} level=error msg=${JSON.stringify(msg)}`;
}
