import { directive } from "../model/directive.ts";
import { exitStatuses } from "../values/exitStatus.ts";

export const SuccessExitStatus = directive({
  name: "SuccessExitStatus",
  summary: "Exit statuses and signals of the main process that count as success, in addition to 0",
  value: exitStatuses,
  support: "full",
  effect: "neutral",
  runOnly: "the engine evaluates the exit status of a container",
});
