import { directive } from "../directive.ts";
import type { PathEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Context } from "../plan.ts";
import { type BoundPath, boundPaths } from "../values/boundPaths.ts";

const MOUNT_POINT =
  "a mount point that crun has to make has the mode of what is shown there (without w for others), not 0755";

export const BindPaths = directive({
  name: "BindPaths",
  summary: "Shows files or directories of the host at a path in the container",
  value: boundPaths,
  support: "partial",
  effect: "gives",
  deviation: MOUNT_POINT,
  unconditional: true,
  resets: ["BindReadOnlyPaths"],
  plan: (bound, context) => bound.flatMap((one) => bind("BindPaths", one, context)),
});

export const BindReadOnlyPaths = directive({
  name: "BindReadOnlyPaths",
  summary: "Shows files or directories of the host at a path in the container, read-only",
  value: boundPaths,
  support: "partial",
  effect: "gives",
  deviation: MOUNT_POINT,
  unconditional: true,
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
