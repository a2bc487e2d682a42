import type { Process } from "./spec.ts";

/** The container's process as the engine wrote it and as it became. */
export interface PreparedProcess {
  readonly before: Process;
  readonly after: Process;
}
