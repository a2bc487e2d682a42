import type { DirectoryAction } from "../model/action.ts";
import type { Scope } from "../model/directive.ts";
import { DIRECTORY_KINDS, PERSISTENT_KINDS } from "../values/directoryKinds.ts";
import { type DirectoryUsage, recordUsage, tryRecordUsage } from "./host/stateIndex.ts";
import type { Prepared } from "./pipeline.ts";

/** Records the use of directories that outlast the container, for `dynuser state`. */
export function recordDirectories(
  user: Pick<DirectoryUsage, "engine" | "container" | "key" | "pod" | "service">,
  { plan, identity }: Pick<Prepared, "plan" | "identity">,
  index?: string,
): void {
  // a run does not depend on the record, a container's next start does
  const record = user.engine === "dynuser" ? tryRecordUsage : recordUsage;
  const removed = plan.releases.flatMap(({ item }) => (item.kind === "remove" ? [item.path] : []));
  for (const { owner, item } of plan.actions) {
    if (item.kind !== "directory" || item.inside || !RECORDED.has(owner)) continue;
    const path = pathOnDisk(item);
    if (removed.includes(path)) continue;
    record({ path, directive: owner, ...user, ...(identity !== undefined && { user: identity.name }) }, index);
  }
}

/** `web@one` of `web@one.service` */
export function serviceNameOf({ unit }: Pick<Scope, "unit">): string {
  return unit.replace(/\.[^.]*$/, "");
}

const RECORDED: ReadonlySet<string> = new Set(
  [...PERSISTENT_KINDS, DIRECTORY_KINDS.runtime].map(({ directive }) => directive),
);

function pathOnDisk({ base, private: isPrivate, name }: DirectoryAction): string {
  return `${base}/${isPrivate ? "private/" : ""}${name}`;
}
