import { type Directive, directive } from "../directive.ts";
import { path } from "../values/path.ts";
import { inputData, inputText, type Output, standardInput, standardOutput } from "../values/standardStream.ts";

const ENGINE = "standard input and output belong to whoever runs the container";
const OURS = "by default they are those of dynuser run";
const NOTHING_HANDED = "nobody hands over sockets or descriptors here, expected a file or another source";

export const StandardInput = directive({
  name: "StandardInput",
  summary: "Where standard input comes from",
  value: standardInput,
  support: "partial",
  effect: "gives",
  onlyRun: ENGINE,
  deviation: `${OURS}; a terminal does not become the controlling one, see --terminal; socket and fd are refused`,
  *check({ kind }) {
    if (kind === "socket" || kind === "descriptor") yield `cannot honour StandardInput=: ${NOTHING_HANDED}`;
  },
});

export const StandardOutput = outputOf("StandardOutput", "Where standard output goes");
export const StandardError = outputOf("StandardError", "Where standard error goes");

export const StandardInputText = directive({
  name: "StandardInputText",
  summary: "A line of text for standard input",
  value: inputText,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
  resets: ["StandardInputData"],
});

export const StandardInputData = directive({
  name: "StandardInputData",
  summary: "Bytes for standard input, in base64",
  value: inputData,
  support: "partial",
  effect: "neutral",
  onlyRun: ENGINE,
  deviation: "comes after all lines of StandardInputText=, wherever it stands",
  resets: ["StandardInputText"],
});

export const TTYPath = directive({
  name: "TTYPath",
  summary: "The terminal for tty; /dev/console by default",
  value: path,
  support: "full",
  effect: "gives",
  onlyRun: ENGINE,
});

function outputOf(name: string, summary: string): Directive<Output> {
  return directive({
    name,
    summary,
    value: standardOutput,
    support: "partial",
    effect: "gives",
    onlyRun: ENGINE,
    deviation: `${OURS}, where journal and kmsg go too; socket and fd are refused`,
    *check({ kind }) {
      if (kind === "socket" || kind === "descriptor") yield `cannot honour ${name}=: ${NOTHING_HANDED}`;
    },
  });
}
