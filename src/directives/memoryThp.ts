import { directive } from "../model/directive.ts";
import { choice } from "../values/choice.ts";

export const MemoryTHP = directive({
  name: "MemoryTHP",
  summary: "Controls transparent huge pages for the service's processes",
  since: 260,
  value: choice(["inherit", "disable", "madvise", "system"]),
  support: "full",
  effect: "neutral",
  runOnly: "low-level runtimes have no setting for it, and a process can only set it for itself",
});
