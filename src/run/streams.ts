import {
  StandardError,
  StandardInput,
  StandardInputData,
  StandardInputText,
  StandardOutput,
  TTYPath,
} from "../directives/standardStreams.ts";
import type { Service } from "../model/directive.ts";
import type { Output } from "../values/standardStream.ts";
import type { Step } from "./lifecycle.ts";

/** One of a command's three standard streams. */
export type Stream =
  /** The stream of `dynuser run`. */
  | { readonly kind: "inherited" }
  | { readonly kind: "null" }
  /** The stream of this number of the same command. */
  | { readonly kind: "same"; readonly as: 0 | 1 }
  | { readonly kind: "file"; readonly path: string; readonly mode: FileMode }
  | { readonly kind: "data"; readonly bytes: Buffer }
  /** The only socket that was handed to dynuser. */
  | { readonly kind: "socket" }
  /** The descriptor of this name that was handed to dynuser. */
  | { readonly kind: "descriptor"; readonly name: string };

/** How a file is opened; a missing one is created except for `read`. */
export type FileMode = "read" | "readWrite" | "terminal" | "overwrite" | "append" | "truncate";

type Input = Exclude<Stream, { readonly kind: "same" }>;

/** Steps whose commands may have the terminal; others read nothing (src/core/service.c, EXEC_APPLY_TTY_STDIN). */
const AT_THE_TERMINAL: readonly Step[] = ["ExecCondition", "ExecStartPre", "ExecStart"];

/** As systemd connects them (src/core/exec-invoke.c, setup_input and setup_output); dynuser's replace the journal. */
export function streamsOf(service: Service, step: Step): readonly [Stream, Stream, Stream] {
  const input = inputOf(service, step);
  const output = outputOf(service, input);
  return [input, output, errorsOf(service, input, output)];
}

function inputOf(service: Service, step: Step): Input {
  const bytes = Buffer.concat(
    [service.get(StandardInputText), service.get(StandardInputData)].filter((data) => data !== undefined),
  );
  const wanted = service.get(StandardInput);
  switch (wanted?.kind) {
    case "file":
      return { kind: "file", path: wanted.path, mode: isWrittenToo(service, wanted.path) ? "readWrite" : "read" };
    case "terminal":
      return AT_THE_TERMINAL.includes(step) ? terminal(service) : { kind: "null" };
    case "socket":
    case "descriptor":
      return step === "ExecStart" ? wanted : { kind: "null" };
    default:
      if (bytes.length > 0) return { kind: "data", bytes };
      return wanted === undefined && step === "ExecStart" ? { kind: "inherited" } : { kind: "null" };
  }
}

/** A file that output merely inherits is opened for reading alone: writes to it fail. */
function isWrittenToo(service: Service, path: string): boolean {
  const outputs = [service.get(StandardOutput), service.get(StandardError)];
  return outputs.some((output) => output?.kind === "file" && output.path === path);
}

/** The default is the manager's, never the input. */
function outputOf(service: Service, input: Input): Stream {
  const wanted = service.get(StandardOutput);
  if (wanted === undefined) return { kind: "inherited" };
  if (wanted.kind !== "inherit") return stream(wanted, service, input);
  const isRedirected = ["file", "socket", "descriptor"].includes(input.kind);
  return isRedirected ? { kind: "same", as: 0 } : { kind: "inherited" };
}

function errorsOf(service: Service, input: Input, output: Stream): Stream {
  const wanted = service.get(StandardError) ?? { kind: "inherit" };
  const isSame = wanted.kind === "inherit" || JSON.stringify(wanted) === JSON.stringify(service.get(StandardOutput));
  if (!isSame) return stream(wanted, service, input);
  return output.kind === "inherited" ? output : { kind: "same", as: 1 };
}

function stream(wanted: Output, service: Service, input: Input): Stream {
  switch (wanted.kind) {
    case "file": {
      const isInput = input.kind === "file" && input.path === wanted.path;
      return isInput ? { kind: "same", as: 0 } : { kind: "file", path: wanted.path, mode: wanted.mode };
    }
    case "terminal":
      return terminal(service);
    case "null":
      return { kind: "null" };
    case "socket":
    case "descriptor":
      return wanted;
    default:
      return { kind: "inherited" };
  }
}

function terminal(service: Service): Input {
  return { kind: "file", path: service.get(TTYPath) ?? "/dev/console", mode: "terminal" };
}
