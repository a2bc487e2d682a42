import { directive } from "../directive.ts";
import { commandLines } from "../values/commandLine.ts";

export const ExecStart = directive({
  name: "ExecStart",
  summary: "The command to run where none is given",
  value: commandLines,
  support: "partial",
  effect: "neutral",
  deviation: "used by dynuser run alone, refused with the prefixes + ! !! and |",
});
