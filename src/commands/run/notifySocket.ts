import type { Release } from "../../action.ts";
import { WORLD } from "../../host/world.ts";
import type { Mount } from "../../oci/spec.ts";
import type { Owned, Scope } from "../../plan.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** Where sockets for sd_notify(3) are, one for each service that may use it. */
export const NOTIFY_SOCKETS = "/run/dynuser/notify";

/** The path is the same outside and inside; undefined when nobody may notify. */
export function notifySocketOf({ notifyAccess }: Lifecycle, { containerId }: Scope): string | undefined {
  return notifyAccess === "none" ? undefined : `${NOTIFY_SOCKETS}/${containerId}`;
}

/** The host's own tree shows it anyway, another one has to be given it. */
export function notifyMounts(lifecycle: Lifecycle, scope: Scope): readonly Mount[] {
  const path = notifySocketOf(lifecycle, scope);
  if (path === undefined) return [];
  return [{ destination: path, type: "bind", source: WORLD.host + path, options: ["bind"] }];
}

/** It goes with the service, whatever happens to us. */
export function notifyChanges(lifecycle: Lifecycle, scope: Scope): readonly Owned<Release>[] {
  const path = notifySocketOf(lifecycle, scope);
  return path === undefined ? [] : [{ owner: "NotifyAccess", item: { kind: "remove", path, links: [] } }];
}
