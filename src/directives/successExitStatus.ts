import { directive } from "../directive.ts";
import { exitStatuses } from "../values/exitStatus.ts";

export const SuccessExitStatus = directive({
  name: "SuccessExitStatus",
  summary: "Ends of the main process that are no failure, besides 0: exit statuses and signals",
  value: exitStatuses,
  support: "full",
  effect: "neutral",
  onlyRun: "the engine reports how the container ended",
});
