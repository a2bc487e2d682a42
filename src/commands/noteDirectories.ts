import type { Action } from "../action.ts";
import type { Identity } from "../facts.ts";
import { noteUse, type Use } from "../host/stateIndex.ts";
import type { Owned } from "../plan.ts";

/** Those that outlast the container: somebody will want to know whose they were. */
export function noteDirectories(
  whose: Pick<Use, "engine" | "container" | "key" | "pod">,
  actions: readonly Owned<Action>[],
  identity: Identity | undefined,
): void {
  for (const { owner, item } of actions) {
    if (item.kind !== "directory" || item.inside || !LASTING.includes(owner)) continue;
    const path = `${item.base}/${item.private ? "private/" : ""}${item.name}`;
    noteUse({ path, directive: owner, ...whose, ...(identity !== undefined && { user: identity.name }) });
  }
}

const LASTING = ["StateDirectory", "CacheDirectory", "LogsDirectory"];
