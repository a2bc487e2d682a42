import type { Option } from "../options.ts";
import { SERVICE_OPTIONS } from "../request.ts";

export const ANALYZE_OPTIONS = [
  ...SERVICE_OPTIONS,
  { name: "bundle", argument: "DIR", summary: "look at the container of this bundle" },
  { name: "container", argument: "ID", summary: "look at a container that runs" },
  { name: "threshold", argument: "N", summary: "fail when the exposure is above N, in tenths: 0 to 100" },
  { name: "html", argument: "FILE", summary: "write a page for the browser, too" },
  { name: "json", summary: "print JSON" },
  { name: "check", argument: "COMMAND", summary: "suggest: a shell command that must succeed after each run" },
  { name: "timeout", argument: "SECONDS", summary: "suggest: the longest time of one run (default: 60)" },
] as const satisfies readonly Option[];
