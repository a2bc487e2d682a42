import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PathEdit } from "../model/edit.ts";
import { type BoundPath, boundPaths } from "../values/boundPaths.ts";

const MOUNT_POINT =
  "in an engine's container, a mount point that crun creates has the mode of the source (without w for others) instead of 0755";

export const BindPaths = directive({
  name: "BindPaths",
  summary: "Bind-mounts files or directories of the host into the container",
  value: boundPaths,
  support: "partial",
  effect: "grants",
  engineNative: true,
  deviation: MOUNT_POINT,
  appliesToPrivilegedCommands: true,
  resets: ["BindReadOnlyPaths"],
  plan: (bound, context) => bound.flatMap((one) => bind("BindPaths", one, context)),
});

export const BindReadOnlyPaths = directive({
  name: "BindReadOnlyPaths",
  summary: "Bind-mounts files or directories of the host into the container, read-only",
  value: boundPaths,
  support: "partial",
  effect: "grants",
  engineNative: true,
  deviation: MOUNT_POINT,
  appliesToPrivilegedCommands: true,
  resets: ["BindPaths"],
  plan: (bound, context) =>
    bound.flatMap((one) => bind("BindReadOnlyPaths", one, context).map((edit) => ({ ...edit, readOnly: true }))),
});

function bind(name: string, { source, path, optional, recursive }: BoundPath, { facts }: Context): readonly PathEdit[] {
  if (facts.host.look(source).type !== "missing") {
    return [{ kind: "path", path, access: "bind", source, recursive }];
  }
  if (optional) return [];
  throw new UserError(
    `cannot honour ${name}=: found nothing at ${quote(source)} on the host, expected an existing path, or "-" before it`,
  );
}
