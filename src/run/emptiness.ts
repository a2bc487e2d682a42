import { childEnds } from "../sys/process/process.ts";
import type { Fence } from "./fence.ts";

/** Waits until no process is left. The last one is a child of dynuser, the subreaper, or ends without SIGCHLD. */
export async function waitUntilEmpty(fence: Fence): Promise<void> {
  while (fence.processes().length > 0) await childEnds();
}
