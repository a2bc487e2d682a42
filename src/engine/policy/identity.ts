import { nameOf } from "../../config/policy.ts";
import { Group, gidOf } from "../../directives/user.ts";
import { quote } from "../../errors.ts";
import type { Context } from "../../model/directive.ts";
import { CONFIGURATION_PATH } from "../../model/paths.ts";
import { oddLines } from "../../start/nameFiles.ts";
import type { ContainerRequest } from "../request/request.ts";
import type { StartFacts } from "./check.ts";

/** Otherwise an annotation could name any user of the host. */
export function* checkStaticUser({ staticUsers }: ContainerRequest, { identity }: Context): Iterable<string> {
  if (identity === undefined || identity.leased || staticUsers) return;
  yield `cannot run as ${quote(identity.name)}: it is a user of this host, UID ${identity.uid}, expected a name that is free, or staticUsers: yes in ${CONFIGURATION_PATH}`;
}

/** Otherwise an annotation could name any group of the host, `disk` for example. */
export function* checkStaticGroup(request: ContainerRequest, context: Context): Iterable<string> {
  const { engine, requested, rules, staticUsers } = request;
  const group = context.service.get(Group);
  const isRequested = requested.some(({ name }) => name === Group.name);
  if (group === undefined || !isRequested || staticUsers || context.identity?.groupLeased === true) return;
  yield `cannot take Group= from an annotation: ${quote(group)} is a group of this host, GID ${gidOf(context)}, and policy of ${engine} is ${nameOf(rules.policy)}, expected a name that is free together with DynamicUser=yes, or staticUsers: yes (engines.${engine}.staticUsers in ${CONFIGURATION_PATH})`;
}

/** The image's own users are copied into a new file: control bytes there could forge lines. */
export function* checkImageUser(
  _request: ContainerRequest,
  { identity }: Context,
  { image }: StartFacts,
): Iterable<string> {
  if (identity === undefined || identity.uid === 0 || image === undefined) return;
  for (const [file, line] of oddLines(image.files)) {
    yield `cannot add the container's user to its ${file}: found control bytes in ${quote(line)}`;
  }
}
