import { type Directive, directive, type Value } from "../model/directive.ts";
import { path } from "../values/path.ts";
import {
  inputData,
  inputText,
  type Output,
  standardError,
  standardInput,
  standardOutput,
} from "../values/standardStream.ts";

const ENGINE = "the engine sets up the standard streams of a container";
const DEFAULT = "the default is the stream of dynuser run";

export const StandardInput = directive({
  name: "StandardInput",
  summary: "Where standard input is connected to",
  value: standardInput,
  support: "partial",
  effect: "grants",
  runOnly: ENGINE,
  deviation: `${DEFAULT}; a terminal does not become the controlling terminal, see --terminal`,
});

export const StandardOutput = outputOf("StandardOutput", "Where standard output is connected to", standardOutput);
export const StandardError = outputOf("StandardError", "Where standard error is connected to", standardError);

export const StandardInputText = directive({
  name: "StandardInputText",
  summary: "A line of text to pass to the service on standard input",
  value: inputText,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
  resets: ["StandardInputData"],
});

export const StandardInputData = directive({
  name: "StandardInputData",
  summary: "Base64-encoded data to pass to the service on standard input",
  value: inputData,
  support: "partial",
  effect: "neutral",
  runOnly: ENGINE,
  deviation: "the data always follows all lines of StandardInputText=",
  resets: ["StandardInputText"],
});

export const TTYPath = directive({
  name: "TTYPath",
  summary: "The terminal device for tty, /dev/console by default",
  value: path,
  support: "full",
  effect: "grants",
  runOnly: ENGINE,
});

function outputOf(name: string, summary: string, value: Value<Output>): Directive<Output> {
  return directive({
    name,
    summary,
    value,
    support: "partial",
    effect: "grants",
    runOnly: ENGINE,
    deviation: `${DEFAULT}, also for journal and kmsg`,
  });
}
