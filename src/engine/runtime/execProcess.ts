import { UserError } from "../../errors.ts";
import type { Capabilities, CapabilitySet, Process, User } from "../../oci/spec.ts";
import { hasOwnUser, type PreparedProcess } from "../../start/preparedProcess.ts";

/**
 * Another process of a prepared container. Engines write it from their own spec, which has none of dynuser's changes: what
 * was changed in the container's process is changed here too, and nothing is wider than there.
 * @throws UserError when a person asked for another user
 */
export function adaptExecProcess(exec: Process, prepared: PreparedProcess): Process {
  const { before, after } = prepared;
  const isDynamic = hasOwnUser(prepared);
  const user = isDynamic ? chooseUser(exec.user, before.user, after.user) : exec.user;
  return {
    ...exec,
    ...pick(after, ["oomScoreAdj", "scheduler", "ioPriority", "apparmorProfile", "selinuxLabel"]),
    user,
    env: mergeEnvironment(exec.env ?? [], before.env ?? [], after.env ?? []),
    cwd: exec.cwd === before.cwd ? after.cwd : exec.cwd,
    capabilities: limitCapabilities(exec.capabilities, after.capabilities ?? {}, isDynamic),
    rlimits: mergeLimits(exec.rlimits ?? [], after.rlimits ?? []),
    noNewPrivileges: exec.noNewPrivileges === true || after.noNewPrivileges === true,
  };
}

/** The image's own user is what engines ask for by default; any other one must be the container's. */
function chooseUser(asked: User, image: User, own: User): User {
  if (asked.uid === own.uid || (asked.uid === image.uid && asked.gid === image.gid)) return own;
  throw new UserError(
    `cannot exec as UID ${asked.uid}: this container's processes run as UID ${own.uid}, expected that one or no --user`,
  );
}

/** A variable with the engine's value gets the container's; one that the caller has set stays. */
function mergeEnvironment(exec: readonly string[], before: readonly string[], after: readonly string[]): string[] {
  const [given, old, own] = [exec, before, after].map(readEnvironment) as [Variables, Variables, Variables];
  const kept = [...given].filter(([name, value]) => old.get(name) !== value || own.has(name));
  const merged = new Map(kept);
  for (const [name, value] of own) {
    if (!given.has(name) || given.get(name) === old.get(name)) merged.set(name, value);
  }
  return [...merged].map(([name, value]) => `${name}=${value}`);
}

type Variables = ReadonlyMap<string, string>;

function readEnvironment(lines: readonly string[]): Variables {
  return new Map(
    lines.map((line) => {
      const end = line.indexOf("=");
      return end < 0 ? [line, ""] : [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

const SETS = ["bounding", "effective", "inheritable", "permitted", "ambient"] as const satisfies CapabilitySet[];

/** Our user has what the container's process has; another user what the engine gives it, within the same bounds. */
function limitCapabilities(exec: Capabilities | undefined, own: Capabilities, isDynamic: boolean): Capabilities {
  const bounds = own.bounding ?? [];
  const limits = isDynamic || exec === undefined ? (exec?.bounding ?? bounds) : bounds;
  const source = isDynamic || exec === undefined ? own : exec;
  return Object.fromEntries(SETS.map((set) => [set, (source[set] ?? []).filter((name) => limits.includes(name))]));
}

function mergeLimits(exec: Limits, after: Limits): Limits {
  const own = new Set(after.map(({ type }) => type));
  return [...exec.filter(({ type }) => !own.has(type)), ...after];
}

type Limits = NonNullable<Process["rlimits"]>;

function pick<K extends keyof Process>(process: Process, fields: readonly K[]): Partial<Process> {
  return Object.fromEntries(fields.flatMap((field) => (process[field] === undefined ? [] : [[field, process[field]]])));
}
