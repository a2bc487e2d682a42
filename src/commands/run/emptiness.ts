import { processesIn } from "../../identity/processes.ts";
import { childEnds } from "../../sys/process.ts";

/** Until no process is left: the last one is our child, as we are the subreaper, or has left without a word. */
export async function untilEmpty(cgroups: readonly string[]): Promise<void> {
  while (processesIn(cgroups).length > 0) await childEnds();
}
