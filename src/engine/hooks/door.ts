import { PROGRAM } from "../../apply/seccomp/compiledFilter.ts";
import type { Context, Service } from "../../model/directive.ts";
import type { Identity } from "../../model/facts.ts";
import type { User } from "../../oci/spec.ts";
import type { Door } from "../policy/check.ts";
import type { ContainerRequest } from "../request/request.ts";

/** With no_new_privs the filter that keeps `podman exec` from becoming root is loaded after the change of users. */
function* checkOwnPrivileges(_: ContainerRequest, { identity, spec: { process } }: Context): Iterable<string> {
  if (process?.noNewPrivileges !== true || !changesUser(identity, process.user)) return;
  yield "cannot keep exec to the container's user: found --security-opt no-new-privileges, expected it to be left out, as the dynamic user has it anyway, or dynuser as the runtime";
}

function* checkExecFilter({ annotations }: ContainerRequest, { identity, spec }: Context): Iterable<string> {
  if (annotations[PROGRAM] === undefined || !changesUser(identity, spec.process?.user)) return;
  yield `cannot keep exec to the container's user: found annotation "${PROGRAM}", with which crun loads no other filter, expected it to be left out`;
}

function changesUser(identity: Identity | undefined, user: User | undefined): boolean {
  return identity !== undefined && (identity.uid !== user?.uid || identity.gid !== user?.gid);
}

/** podman writes these limits after the hook. */
function* checkReplacedLimits(_: ContainerRequest, service: Service): Iterable<string> {
  for (const [{ name, replacedByPodman }] of service.entries()) {
    if (replacedByPodman)
      yield `cannot honour ${name}= through podman's hook: expected --ulimit, or dynuser as the runtime`;
  }
}

/** What podman's hooks cannot honour. */
export const HOOKS_DOOR: Door = { service: [checkReplacedLimits], start: [checkOwnPrivileges, checkExecFilter] };
