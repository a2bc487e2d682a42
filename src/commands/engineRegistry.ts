import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { readInit, recordDirectory } from "../host/containerRecord.ts";
import { performReleases } from "../host/release.ts";
import { findInit } from "../identity/container.ts";
import type { Holder } from "../identity/holder.ts";
import { markProcess, type ProcessMark } from "../identity/process.ts";
import {
  HOST_PLACES,
  type IdentityRules,
  openRegistry,
  type Places,
  type Range,
  type Registry,
} from "../identity/registry.ts";
import { readText, tryReadText } from "../sys/files.ts";
import { complain } from "../sys/output.ts";

/** The registry below `own`, which knows how the containers of engines tell that they run. */
export function openRegistryAt(own: string, rules: IdentityRules): Registry {
  return openRegistry({
    ...rules,
    places: placesBelow(own),
    perform: performReleases,
    warn: complain,
    findInit: (holder) => findRecordedInit(holder, own) ?? findInit(holder),
  });
}

/**
 * The rules for those who claim below `own`.
 * @throws UserError when a user namespace has nothing of the range
 */
export function rulesAt(own: string, rules: IdentityRules): IdentityRules {
  if (own === HOST_PLACES.own) return rules;
  return { ...rules, range: mappedRange(rules.range, readText("/proc/self/uid_map")) };
}

/** Users of a user's own containers exist in its user namespace only: the host has to know nothing of them. */
function placesBelow(own: string): Places {
  if (own === HOST_PLACES.own) return HOST_PLACES;
  return {
    ...HOST_PLACES,
    own,
    userdb: `${own}/userdb`,
    dynamicUids: `${own}/dynamic-uid`,
    passwordLock: `${own}/passwd.lock`,
    ledger: `${own}/ledger`,
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

/** What the container's own hook put away, which spares asking the runtime; a later process with the same PID is in other cgroups. */
function findRecordedInit({ id, cgroups, uid }: Holder, own: string): ProcessMark | undefined {
  const pid = readInit(recordDirectory(own, id));
  if (pid === undefined) return undefined;
  const isOurs = cgroups.length > 0 ? isInCgroups(tryReadText(`/proc/${pid}/cgroup`) ?? "", cgroups) : runsAs(pid, uid);
  return isOurs ? markProcess(pid) : undefined;
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

/** A created container waits as root for its start. */
function runsAs(pid: number, uid: number): boolean {
  const [, real] = /^Uid:\s+(\d+)/m.exec(tryReadText(`/proc/${pid}/status`) ?? "") ?? [];
  return real === String(uid) || real === "0";
}
