import { quote, UserErrors } from "../errors.ts";
import type { PreparedProcess } from "../oci/preparedProcess.ts";
import { optionOf, optionsOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";

/**
 * Without `--process` the low-level runtime starts from the container's own process, which is prepared already, and
 * adds what the options say: those that would give more are refused, since the caller's arguments are never changed.
 * @throws UserErrors naming each
 */
export function refuseWideningExec(
  call: RuntimeArguments,
  { before, after }: PreparedProcess,
  runtimeName: string,
): void {
  const problems = [
    ...userProblems(call, before, after),
    ...capabilityProblems(call, after),
    ...optionsOf(call, "additional-gids").map((gid) =>
      refusal(`--additional-gids ${gid}`, "the container's own groups"),
    ),
    ...privilegeProblems(call, after, runtimeName),
  ];
  if (problems.length > 0) throw new UserErrors(problems);
}

type Process = PreparedProcess["after"];

function userProblems(call: RuntimeArguments, before: Process, after: Process): readonly string[] {
  const asked = optionOf(call, "user");
  const { uid, gid } = after.user;
  const isOurs = before.user.uid !== uid || before.user.gid !== gid;
  if (asked === undefined || !isOurs || [`${uid}`, `${uid}:${gid}`].includes(asked)) return [];
  return [refusal(`--user ${quote(asked)}`, `${uid}:${gid} or no --user`)];
}

function capabilityProblems(call: RuntimeArguments, after: Process): readonly string[] {
  const bounds = after.capabilities?.bounding ?? [];
  const names = optionsOf(call, "cap").map((name) => name.toUpperCase().replace(/^(?!CAP_)/, "CAP_"));
  const held = bounds.length === 0 ? "none" : bounds.join(", ");
  return names.filter((name) => !bounds.includes(name)).map((name) => refusal(`--cap ${name}`, held));
}

/** crun does not take it from the container's process as runc does. */
function privilegeProblems(call: RuntimeArguments, after: Process, runtimeName: string): readonly string[] {
  const isAsked = call.options.some(({ name, value }) => name === "no-new-privs" && value !== "false");
  if (after.noNewPrivileges !== true || isAsked || runtimeName !== "crun") return [];
  return [refusal("no --no-new-privs", "it, as the container has no_new_privs")];
}

function refusal(found: string, expected: string): string {
  return `cannot exec in the container: found ${found}, expected ${expected}`;
}
