import { quote, UserErrors } from "../errors.ts";
import { hasOwnUser, type PreparedProcess } from "../oci/preparedProcess.ts";
import { optionOf, optionsOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";

/**
 * Without `--process` the low-level runtime starts from the container's own process, which is prepared already, and
 * adds what the options say: those that would give more are refused, since the caller's arguments are never changed.
 * @throws UserErrors naming each
 */
export function refuseWideningExec(call: RuntimeArguments, prepared: PreparedProcess, runtimeName: string): void {
  const { after } = prepared;
  const problems = [
    ...userProblems(call, prepared, runtimeName),
    ...capabilityProblems(call, after),
    ...optionsOf(call, "additional-gids").map((gid) =>
      refusal(`--additional-gids ${gid}`, "the container's own groups"),
    ),
    ...privilegeProblems(call, after, runtimeName),
    ...labelProblems(call, after),
  ];
  if (problems.length > 0) throw new UserErrors(problems);
}

type Process = PreparedProcess["after"];

/** crun takes root, and root's group, for what it is not told; runc the container's. */
function userProblems(call: RuntimeArguments, prepared: PreparedProcess, runtimeName: string): readonly string[] {
  const asked = optionOf(call, "user");
  const { uid, gid } = prepared.after.user;
  const isTold = asked === `${uid}:${gid}`;
  const isKnown = runtimeName === "runc" && (asked === undefined || asked === `${uid}`);
  if (!hasOwnUser(prepared) || isTold || isKnown) return [];
  const found = asked === undefined ? "no --user" : `--user ${quote(asked)}`;
  return [refusal(found, runtimeName === "runc" ? `${uid}:${gid} or no --user` : `--user ${uid}:${gid}`)];
}

/** Both runtimes put it into all sets; of those that its process starts with, nobody but root keeps more than the ambient ones. */
function capabilityProblems(call: RuntimeArguments, { capabilities, user }: Process): readonly string[] {
  const own = (user.uid === 0 ? capabilities?.permitted : capabilities?.ambient) ?? [];
  const names = optionsOf(call, "cap").map((name) => name.toUpperCase().replace(/^(?!CAP_)/, "CAP_"));
  const held = own.length === 0 ? "none" : own.join(", ");
  return names.filter((name) => !own.includes(name)).map((name) => refusal(`--cap ${name}`, held));
}

/** Of Go's flags, a boolean one. */
const YES: ReadonlySet<string | undefined> = new Set([undefined, "1", "t", "T", "true", "TRUE", "True"]);

/** crun does not take it from the container's process as runc does, from which a value takes it away. */
function privilegeProblems(call: RuntimeArguments, after: Process, runtimeName: string): readonly string[] {
  const asked = call.options.filter(({ name }) => name === "no-new-privs");
  const isNeeded = runtimeName === "crun" && asked.length === 0;
  if (after.noNewPrivileges !== true || (!isNeeded && asked.every(({ value }) => YES.has(value)))) return [];
  return [refusal("no --no-new-privs", "it, as the container has no_new_privs")];
}

const LABELS = { apparmor: "apparmorProfile", "process-label": "selinuxLabel" } as const;

function labelProblems(call: RuntimeArguments, after: Process): readonly string[] {
  return Object.entries(LABELS).flatMap(([option, field]) => {
    const own = after[field];
    const asked = optionOf(call, option);
    if (own === undefined || asked === undefined || asked === own) return [];
    return [refusal(`--${option} ${quote(asked)}`, quote(own))];
  });
}

function refusal(found: string, expected: string): string {
  return `cannot exec in the container: found ${found}, expected ${expected}`;
}
