import { dirname } from "node:path";
import type { Release } from "../../model/action.ts";
import type { Scope } from "../../model/directive.ts";
import type { Owned } from "../../model/plan.ts";
import type { Mount } from "../../oci/spec.ts";
import { thisCaller } from "../../start/caller.ts";
import { PRIVATE_MOUNTS } from "../host/privateMounts.ts";
import type { Lifecycle } from "../lifecycle.ts";

/** Directory of the sockets for sd_notify(3), one for each service that may notify. */
export const NOTIFY_SOCKETS = `${thisCaller().own}/notify`;

/** The path on the host and in the container; undefined where NotifyAccess= is none. */
export function notifySocketOf({ notifyAccess }: Lifecycle, { containerId }: Scope): string | undefined {
  return notifyAccess === "none" ? undefined : `${NOTIFY_SOCKETS}/${containerId}/socket`;
}

/** The mount of the socket's directory where it could not be seen otherwise. */
export function notifyMounts(lifecycle: Lifecycle, scope: Scope): readonly Mount[] {
  const socket = notifySocketOf(lifecycle, scope);
  if (socket === undefined) return [];
  const path = dirname(socket);
  return [{ destination: path, type: "bind", source: PRIVATE_MOUNTS.host + path, options: ["bind"] }];
}

/** It is removed with the lease, also after a kill -9 of dynuser. */
export function notifyChanges(lifecycle: Lifecycle, scope: Scope): readonly Owned<Release>[] {
  const socket = notifySocketOf(lifecycle, scope);
  if (socket === undefined) return [];
  return [{ owner: "NotifyAccess", item: { kind: "remove", path: dirname(socket), links: [] } }];
}
