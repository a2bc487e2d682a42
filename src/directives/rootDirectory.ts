import { directive } from "../directive.ts";
import { optionalPath } from "../values/path.ts";

export const RootDirectory = directive({
  name: "RootDirectory",
  summary: "A directory of the host as the service's root, as --rootfs is",
  value: optionalPath,
  support: "partial",
  effect: "gives",
  deviation: "all paths of other directives are below it, with or without +, but the sources of BindPaths=",
  onlyRun: "the root of a container is its engine's",
});
