import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { findInit } from "../identity/container.ts";
import type { Holder } from "../identity/holderRecord.ts";
import { openRegistry } from "../identity/openRegistry.ts";
import { identifyProcess, type ProcessId } from "../identity/process.ts";
import { HOST_PATHS, type IdentityRules, type Range, type Registry, type RegistryPaths } from "../identity/registry.ts";
import { isHostState } from "../model/paths.ts";
import { readText, tryReadText } from "../sys/files/files.ts";
import { ensureDirectory, PRIVATE, PUBLIC } from "../sys/files/ownDirectory.ts";
import { isServed, ownClient } from "../sys/process/client.ts";
import { printError } from "../sys/process/output.ts";
import { readInit, recordDirectory } from "./containerRecord.ts";
import { performReleases } from "./host/release.ts";

/** The registry below `own`, which finds the init of engines' containers in their records. */
export function openRegistryAt(own: string, rules: IdentityRules, client = ownClient()): Registry {
  ensureParent(own);
  return openRegistry({
    ...rules,
    paths: placesBelow(own),
    perform: performReleases,
    warn: printError,
    collectsFirst: !isServed(client),
    spared: [process.pid, client.pid],
    findInit: (holder) => findRecordedInit(holder, own) ?? findInit(holder),
  });
}

/**
 * A user without a login has no directory yet, and in /tmp others could have made it.
 * @throws UserError when another user could change it
 */
export function ensureStateDirectory(own: string): void {
  ensureParent(own);
  ensureDirectory(own, PUBLIC);
}

function ensureParent(own: string): void {
  if (!isHostState(own)) ensureDirectory(dirname(own), PRIVATE);
}

/**
 * The rules for claims below `own`.
 * @throws UserError when a user namespace has nothing of the range
 */
export function rulesAt(own: string, rules: IdentityRules): IdentityRules {
  if (isHostState(own)) return rules;
  return { ...rules, range: mappedRange(rules.range, readText("/proc/self/uid_map")) };
}

/** Dynamic users of rootless containers exist in the caller's user namespace only: the host does not see them. */
function placesBelow(stateDir: string): RegistryPaths {
  if (isHostState(stateDir)) return HOST_PATHS;
  return {
    ...HOST_PATHS,
    stateDir,
    userdb: `${stateDir}/userdb`,
    dynamicUids: `${stateDir}/dynamic-uid`,
    passwordLock: `${stateDir}/passwd.lock`,
    ledger: `${stateDir}/ledger`,
  };
}

/**
 * The part of the host's range that a user namespace has; podman maps a user's subordinate IDs from 1 on.
 * @throws UserError when it has nothing of it
 */
export function mappedRange({ first, last }: Range, uidMap: string): Range {
  const parts = uidMap.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  for (const [inside = 0, , size = 0] of parts) {
    const part = { first: Math.max(first, inside), last: Math.min(last, inside + size - 1) };
    if (part.first <= part.last) return part;
  }
  throw new UserError(
    `cannot give the container a user: found no UID of ${first} to ${last} in the user namespace, expected 65536 subordinate IDs (usermod --add-subuids, --add-subgids, podman system migrate)`,
  );
}

/** The init that the container's hook recorded, without a query to the runtime; a later process with the same PID is in other cgroups. */
function findRecordedInit({ id, cgroups, uid }: Holder, own: string): ProcessId | undefined {
  const pid = readInit(recordDirectory(own, id));
  if (pid === undefined) return undefined;
  const isOurs = cgroups.length > 0 ? isInCgroups(tryReadText(`/proc/${pid}/cgroup`) ?? "", cgroups) : runsAs(pid, uid);
  return isOurs ? identifyProcess(pid) : undefined;
}

/**
 * Whether a process is in one of these cgroups or below.
 * @param lines of /proc/PID/cgroup
 * @param cgroups absolute directories
 */
export function isInCgroups(lines: string, cgroups: readonly string[]): boolean {
  const paths = lines.split("\n").map((line) => line.split(":").slice(2).join(":"));
  return paths.flatMap(withParents).some((path) => cgroups.some((cgroup) => cgroup.endsWith(path)));
}

/** An init that manages services has moved below the cgroup that it was started in. */
function withParents(path: string): readonly string[] {
  return path.length > 1 ? [path, ...withParents(dirname(path))] : [];
}

/** The init of a created container waits as root for its start. */
function runsAs(pid: number, uid: number): boolean {
  const [, real] = /^Uid:\s+(\d+)/m.exec(tryReadText(`/proc/${pid}/status`) ?? "") ?? [];
  return real === String(uid) || real === "0";
}
