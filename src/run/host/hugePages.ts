import type { MemoryTHP } from "../../directives/memoryThp.ts";
import type { Directive } from "../../model/directive.ts";
import { disableHugePages } from "../../sys/process/hugePages.ts";

type ValueOf<D> = D extends Directive<infer T> ? T : never;

/**
 * Sets the policy for transparent huge pages of this process, which the runtime and the service inherit.
 * Returns a warning where the kernel lacks the mode (PR_THP_DISABLE_EXCEPT_ADVISED is new in Linux 6.18).
 */
export function setHugePages(mode: ValueOf<typeof MemoryTHP> | undefined): string | undefined {
  if (mode === undefined || mode === "inherit") return undefined;
  const isSet = disableHugePages(mode === "system" ? "never" : mode === "madvise" ? "unless advised" : "always");
  return isSet ? undefined : `MemoryTHP=${mode} has no effect, as the kernel does not support it`;
}
