import { directive } from "../model/directive.ts";
import { optionalPath } from "../values/path.ts";

export const RootDirectory = directive({
  name: "RootDirectory",
  summary: "Sets the root directory of the service to a directory of the host, as --rootfs does",
  value: optionalPath,
  support: "partial",
  effect: "grants",
  deviation:
    "the paths of other directives are relative to it with and without the prefix +, except the sources of BindPaths=",
  runOnly: "the engine provides the root of a container",
});
