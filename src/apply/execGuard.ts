import { UserError } from "../errors.ts";
import type { Seccomp, SeccompArgument, SeccompSyscall, Spec, User } from "../oci/spec.ts";
import { PROGRAM } from "./compiledFilter.ts";

/** Calls that choose who a process is, and how many IDs each takes. */
const CALLS = {
  setuid: { id: "uid", count: 1 },
  setfsuid: { id: "uid", count: 1 },
  setreuid: { id: "uid", count: 2 },
  setresuid: { id: "uid", count: 3 },
  setgid: { id: "gid", count: 1 },
  setfsgid: { id: "gid", count: 1 },
  setregid: { id: "gid", count: 2 },
  setresgid: { id: "gid", count: 3 },
} as const;

type Call = keyof typeof CALLS;

const NAMES = Object.keys(CALLS) as readonly Call[];
const EPERM = 1;
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
  const guard = engine.defaultAction === "SCMP_ACT_ALLOW" ? forbidOthers : allowOwn;
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
  const others = before.flatMap((entry) => {
    if (entry.action !== "SCMP_ACT_ALLOW") return [entry];
    const names = entry.names.filter((name) => !isCall(name));
    return names.length === 0 ? [] : [{ ...entry, names }];
  });
  const own = NAMES.filter((name) => before.some((entry) => allowsAlways(entry, name)));
  return { ...engine, syscalls: [...others, ...own.flatMap((name) => allowancesOf(name, user))] };
}

function isCall(name: string): name is Call {
  return name in CALLS;
}

function allowsAlways({ action, names, args }: SeccompSyscall, name: string): boolean {
  return action === "SCMP_ACT_ALLOW" && (args?.length ?? 0) === 0 && names.includes(name);
}

/** Each ID is our user's or left as it is. */
function allowancesOf(name: Call, user: User): readonly SeccompSyscall[] {
  const { id, count } = CALLS[name];
  return Array.from({ length: 2 ** count }, (_, choice) => ({
    names: [name],
    action: "SCMP_ACT_ALLOW",
    args: Array.from({ length: count }, (_, index) => isId(index, (choice >> index) & 1 ? UNCHANGED : user[id])),
  }));
}

function isId(index: number, id: number): SeccompArgument {
  return { index, value: ID_BITS, valueTwo: id, op: "SCMP_CMP_MASKED_EQ" };
}

/** A list of what is forbidden can only name one value as the exception: here not even "as it is" passes. */
function forbidOthers(engine: Seccomp, user: User): Seccomp {
  const rules = NAMES.flatMap((name) => {
    const { id, count } = CALLS[name];
    return Array.from({ length: count }, (_, index): SeccompSyscall => {
      const args = [{ index, value: user[id], op: "SCMP_CMP_NE" } as const];
      return { names: [name], action: "SCMP_ACT_ERRNO", errnoRet: EPERM, args };
    });
  });
  return { ...engine, syscalls: [...(engine.syscalls ?? []), ...rules] };
}
