import type { Seccomp, SeccompArgument, SeccompSyscall, Spec, User } from "../../oci/spec.ts";

/**
 * System calls that change a process's IDs, and the argument that holds the effective one. The other arguments are not
 * checked: every low-level runtime passes the same ID in all of them, the kernel refuses any other to a process without
 * capabilities, and with runc each combination of two costs as much at a start as a dozen plain rules.
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
/** Actions that let a call through, or may. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_NOTIFY",
]);
/** The kernel reads only the low half of the argument; musl sign-extends the other one. */
const ID_BITS = 0xffff_ffff;
const UNCHANGED = 0xffff_ffff;

/**
 * Adds a filter under which no process of the container can change to another user: where an engine's exec cannot be
 * rewritten, a process that it starts as root fails when the low-level runtime calls setuid(2), on crun and on runc. This
 * holds unless exec sets no_new_privs: then the filter is loaded after the change of users.
 */
export function guardExec(spec: Spec): Spec {
  const { process, linux } = spec;
  if (process === undefined || process.user.uid === 0) return spec;
  const engine = linux?.seccomp ?? { defaultAction: "SCMP_ACT_ALLOW" };
  const guard = PERMISSIVE.has(engine.defaultAction) ? forbidOthers : allowOwn;
  return { ...spec, linux: { ...linux, seccomp: guard(engine, process.user) } };
}

/** An allow list: these calls stay allowed for the container's user only, if they were allowed at all. */
function allowOwn(engine: Seccomp, user: User): Seccomp {
  const before = engine.syscalls ?? [];
  const own = NAMES.filter((name) => before.some((entry) => allowsAlways(entry, name)));
  return { ...engine, syscalls: [...othersOf(before), ...own.flatMap((name) => allowancesOf(name, user))] };
}

/** The entries without those that allow these calls: next to them libseccomp would drop a rule with a condition. */
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

/** The container's ID, or -1 (unchanged). */
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

/** A deny list can except only one value, so -1 (unchanged) is refused too. */
function forbidOthers(engine: Seccomp, user: User): Seccomp {
  const rules = NAMES.map((name): SeccompSyscall => {
    const { id, effective } = CALLS[name];
    const args = [{ index: effective, value: user[id], op: "SCMP_CMP_NE" } as const];
    return { names: [name], action: "SCMP_ACT_ERRNO", errnoRet: EPERM, args };
  });
  return { ...engine, syscalls: [...othersOf(engine.syscalls ?? []), ...rules] };
}
