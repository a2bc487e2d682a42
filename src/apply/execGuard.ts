import { UserError } from "../errors.ts";
import type { Seccomp, SeccompArgument, SeccompSyscall, Spec, User } from "../oci/spec.ts";
import { PROGRAM } from "./compiledFilter.ts";

/**
 * Calls that choose who a process is, and which of their arguments says who it then acts as. The others are not looked at:
 * every low-level runtime gives the same ID in all of them, the kernel lets a process without capabilities have no other,
 * and with runc each combination of two takes as long at a start as a dozen plain rules.
 */
const CALLS = {
  setuid: { id: "uid", effective: 0 },
  setfsuid: { id: "uid", effective: 0 },
  setreuid: { id: "uid", effective: 1 },
  setresuid: { id: "uid", effective: 1 },
  setgid: { id: "gid", effective: 0 },
  setfsgid: { id: "gid", effective: 0 },
  setregid: { id: "gid", effective: 1 },
  setresgid: { id: "gid", effective: 1 },
} as const;

type Call = keyof typeof CALLS;

const NAMES = Object.keys(CALLS) as readonly Call[];
const EPERM = 1;
/** What lets a call through, or may. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_NOTIFY",
]);
/** The kernel reads the low half of the argument only; musl fills the other one with its sign. */
const ID_BITS = 0xffff_ffff;
const UNCHANGED = 0xffff_ffff;

/**
 * Lets nobody in the container become anybody but its user: where an engine's exec cannot be rewritten, a process that
 * it starts as root fails when the low-level runtime makes it root, on crun and on runc. That holds as long as exec does
 * not ask for no_new_privs: then the filter is loaded after the change of users.
 * @throws UserError where crun would load another filter in its place
 */
export function guardExec(spec: Spec): Spec {
  const { process, linux, annotations } = spec;
  if (process === undefined || process.user.uid === 0) return spec;
  if (annotations?.[PROGRAM] !== undefined) refuseOther();
  const engine = linux?.seccomp ?? { defaultAction: "SCMP_ACT_ALLOW" };
  const guard = PERMISSIVE.has(engine.defaultAction) ? forbidOthers : allowOwn;
  return { ...spec, linux: { ...linux, seccomp: guard(engine, process.user) } };
}

function refuseOther(): never {
  throw new UserError(
    `cannot keep exec to the container's user: found annotation "${PROGRAM}", with which crun loads no other filter, expected it to be left out`,
  );
}

/** A list of what is allowed: our calls are there for our user only, if they were there at all. */
function allowOwn(engine: Seccomp, user: User): Seccomp {
  const before = engine.syscalls ?? [];
  const own = NAMES.filter((name) => before.some((entry) => allowsAlways(entry, name)));
  return { ...engine, syscalls: [...othersOf(before), ...own.flatMap((name) => allowancesOf(name, user))] };
}

/** Without what lets our calls through: beside it libseccomp would drop a rule with a condition. */
function othersOf(entries: readonly SeccompSyscall[]): readonly SeccompSyscall[] {
  return entries.flatMap((entry) => {
    if (!PERMISSIVE.has(entry.action)) return [entry];
    const names = entry.names.filter((name) => !isCall(name));
    return names.length === 0 ? [] : [{ ...entry, names }];
  });
}

function isCall(name: string): name is Call {
  return name in CALLS;
}

function allowsAlways({ action, names, args }: SeccompSyscall, name: string): boolean {
  return PERMISSIVE.has(action) && (args?.length ?? 0) === 0 && names.includes(name);
}

/** Our user's, or left as it is. */
function allowancesOf(name: Call, user: User): readonly SeccompSyscall[] {
  const { id, effective } = CALLS[name];
  return [user[id], UNCHANGED].map((allowed) => ({
    names: [name],
    action: "SCMP_ACT_ALLOW",
    args: [isId(effective, allowed)],
  }));
}

function isId(index: number, id: number): SeccompArgument {
  return { index, value: ID_BITS, valueTwo: id, op: "SCMP_CMP_MASKED_EQ" };
}

/** A list of what is forbidden can only name one value as the exception: here not even "as it is" passes. */
function forbidOthers(engine: Seccomp, user: User): Seccomp {
  const rules = NAMES.map((name): SeccompSyscall => {
    const { id, effective } = CALLS[name];
    const args = [{ index: effective, value: user[id], op: "SCMP_CMP_NE" } as const];
    return { names: [name], action: "SCMP_ACT_ERRNO", errnoRet: EPERM, args };
  });
  return { ...engine, syscalls: [...othersOf(engine.syscalls ?? []), ...rules] };
}
