import type { Process } from "./spec.ts";

/** The container's process as the engine wrote it and as it became. */
export interface PreparedProcess {
  readonly before: Process;
  readonly after: Process;
}

/** Whether its user is one that it got from us, and not the engine's own. */
export function hasOwnUser({ before, after }: PreparedProcess): boolean {
  return before.user.uid !== after.user.uid || before.user.gid !== after.user.gid;
}
