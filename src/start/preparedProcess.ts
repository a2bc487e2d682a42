import type { Process } from "../oci/spec.ts";

/** The container's process as the engine wrote it, and as dynuser changed it. */
export interface PreparedProcess {
  readonly before: Process;
  readonly after: Process;
}

/** Whether its user was set by dynuser and is not the engine's. */
export function hasOwnUser({ before, after }: PreparedProcess): boolean {
  return before.user.uid !== after.user.uid || before.user.gid !== after.user.gid;
}
