import type { Action } from "../action.ts";
import type { Identity } from "../facts.ts";
import { noteUse } from "../host/stateIndex.ts";
import type { Owned } from "../plan.ts";
import type { Creation } from "./container.ts";

/** Those that outlast the container: somebody will want to know whose they were. */
export function noteDirectories(
  { asked: { engine, pod }, id, place }: Creation,
  actions: readonly Owned<Action>[],
  identity: Identity | undefined,
): void {
  for (const { owner, item } of actions) {
    if (item.kind !== "directory" || item.inside || !LASTING.includes(owner)) continue;
    const path = `${item.base}/${item.private ? "private/" : ""}${item.name}`;
    const user = identity === undefined ? {} : { user: identity.name };
    noteUse({ path, directive: owner, engine, container: id, key: place.key, ...user, ...(pod && { pod }) });
  }
}

const LASTING = ["StateDirectory", "CacheDirectory", "LogsDirectory"];
