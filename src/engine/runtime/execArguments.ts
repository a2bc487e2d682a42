import { quote, UserErrors } from "../../errors.ts";
import { hasOwnUser, type PreparedProcess } from "../../start/preparedProcess.ts";
import { isSwitchedOn, optionOf, optionsOf, type RuntimeArguments } from "./arguments.ts";

/**
 * The process that `exec ID COMMAND…` asks for: the container's own with another command, within what the container's
 * process has. What would give more is refused.
 * @throws UserErrors naming each
 */
export function processFromArguments(call: RuntimeArguments, prepared: PreparedProcess): Process {
  const problems = [
    ...userProblems(call, prepared),
    ...capabilityProblems(call, prepared.after),
    ...optionsOf(call, "additional-gids").map((gid) =>
      refusal(`--additional-gids ${gid}`, "the container's own groups"),
    ),
    ...privilegeProblems(call, prepared.after),
    ...labelProblems(call, prepared.after),
  ];
  if (problems.length > 0) throw new UserErrors(problems);
  return { ...prepared.after, ...readOptions(call, prepared.after) };
}

function readOptions(call: RuntimeArguments, after: Process): Partial<Process> {
  const [, ...args] = call.operands;
  const cwd = optionOf(call, "cwd");
  return {
    args,
    terminal: isSwitchedOn(call, "tty"),
    env: lastOfEachName([...(after.env ?? []), ...optionsOf(call, "env")]),
    ...(cwd && { cwd }),
    ...readUser(call, after),
    ...(isSwitchedOn(call, "no-new-privs") && { noNewPrivileges: true }),
    ...readLabels(call),
  };
}

function readLabels(call: RuntimeArguments): Partial<Process> {
  const given = Object.entries(LABELS).map(([option, field]) => [field, optionOf(call, option)] as const);
  return Object.fromEntries(given.filter(([, label]) => label));
}

/** getenv(3) takes the first of a name, runtimes the last. */
function lastOfEachName(lines: readonly string[]): string[] {
  return [...new Map(lines.map((line) => [line.split("=", 1)[0], line])).values()];
}

/** A user of the engine's choice; a container with a dynamic user has no other. */
function readUser(call: RuntimeArguments, { user }: Process): Partial<Process> {
  const asked = optionOf(call, "user");
  if (!asked) return {};
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(asked) ?? [];
  if (uid === undefined) throw new UserErrors([refusal(`--user ${quote(asked)}`, "UID or UID:GID")]);
  return { user: { ...user, uid: Number(uid), gid: gid === undefined ? user.gid : Number(gid) } };
}

type Process = PreparedProcess["after"];

function userProblems(call: RuntimeArguments, prepared: PreparedProcess): readonly string[] {
  const asked = optionOf(call, "user");
  const { uid, gid } = prepared.after.user;
  const isOwn = !asked || asked === `${uid}` || asked === `${uid}:${gid}`;
  if (!hasOwnUser(prepared) || isOwn) return [];
  return [refusal(`--user ${quote(asked)}`, `${uid}:${gid} or no --user`)];
}

/** Both runtimes put it into all sets; a process of another user than root starts with the ambient ones alone. */
function capabilityProblems(call: RuntimeArguments, { capabilities, user }: Process): readonly string[] {
  const own = (user.uid === 0 ? capabilities?.permitted : capabilities?.ambient) ?? [];
  const names = optionsOf(call, "cap").map((name) => name.toUpperCase().replace(/^(?!CAP_)/, "CAP_"));
  const held = own.length === 0 ? "none" : own.join(", ");
  return names.filter((name) => !own.includes(name)).map((name) => refusal(`--cap ${name}`, held));
}

function privilegeProblems(call: RuntimeArguments, after: Process): readonly string[] {
  const isAsked = call.options.some(({ row }) => row.name === "no-new-privs");
  if (after.noNewPrivileges !== true || !isAsked || isSwitchedOn(call, "no-new-privs")) return [];
  return [refusal("--no-new-privs=false", "it, as the container has no_new_privs")];
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
