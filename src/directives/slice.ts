import { directive } from "../model/directive.ts";
import { sliceName } from "../values/sliceName.ts";

export const Slice = directive({
  name: "Slice",
  summary: "The slice of systemd in which the service's cgroup is",
  value: sliceName,
  support: "partial",
  effect: "neutral",
  runOnly: "the engine sets the parent cgroup (--cgroup-parent)",
  deviation: "it is ignored with a warning where no systemd runs, and with cgroup v1",
});
