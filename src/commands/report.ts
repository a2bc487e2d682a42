import { problemsOf } from "../errors.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { appendText } from "../sys/files.ts";
import { complain } from "../sys/output.ts";

/**
 * Tells an engine why a container cannot be had, as low-level runtimes do: one JSON object (podman reads no more than
 * one) in `--log`, and the same words on standard error.
 */
export function reportToEngine(error: unknown, call: RuntimeArguments): void {
  const text = textOf(error);
  const log = logFile(call);
  if (log !== undefined) appendText(log, `${formatEntry(`dynuser: ${text}`, optionOf(call, "log-format"))}\n`);
  complain(text);
}

/** All problems on one line: some engines show only the first one, or the one that they find a known word in. */
function textOf(error: unknown): string {
  const problems = problemsOf(error);
  if (problems !== undefined) return problems.join("; ").replaceAll("\n", " ");
  return `cannot go on: found ${describeFailure(error).replaceAll("\n", " ")}`;
}

/** The C library's words for an errno are those that podman and Docker look for to tell what went wrong. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error.message : `${code} of ${syscall} ${path ?? ""}`;
}

/** crun also takes journald: and syslog:, where standard error has to do. */
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
