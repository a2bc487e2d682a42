import { problemsOf } from "../errors.ts";
import { listDirectory, removeFile, statusOf } from "../sys/files.ts";
import { explaining } from "./failure.ts";
import { type Holder, leasesOf, listHolders, readHolder, writeHolder } from "./holder.ts";
import { removeIpc } from "./ipc.ts";
import { dropLostMarkers, holdersOf, listLeases, listUids, readUid, restUid } from "./lease.ts";
import { withIdleLeases, withRegistryLock, withSystemdLock } from "./lock.ts";
import { livenessOf, lookAround, type Surroundings } from "./process.ts";
import { hasProcesses } from "./processes.ts";
import { holdersIn, type Registry, uidsIn } from "./registry.ts";
import { releaseIdle } from "./release.ts";
import { withdraw } from "./userdb.ts";

/** Finishes what killed processes, killed containers and reboots left; nothing that lives is touched. */
export function collect(registry: Registry): void {
  collectHolders(listHolders(registry), registry);
  for (const lease of listLeases(registry)) collectLease(lease, registry);
  for (const uid of listUids(registry)) collectUid(uid, registry);
  withRegistryLock(registry, () => collectLockFiles(registry));
  const { own, userdb } = registry.places;
  for (const directory of [holdersIn(own), uidsIn(own), userdb]) collectTemporaries(directory);
}

/** Files in systemd's directory that nobody has locked; taking the lock once removes them. */
function collectLockFiles(registry: Registry): void {
  const { first, last } = registry.range;
  for (const name of listDirectory(registry.places.dynamicUids)) {
    const uid = /^[0-9]+$/.test(name) ? Number(name) : -1;
    if (first <= uid && uid <= last) withSystemdLock(uid, registry, () => undefined);
  }
}

/** Files whose process was killed before it renamed them (sys/files.ts, replaceFile). */
function collectTemporaries(directory: string): void {
  for (const name of listDirectory(directory)) {
    const pid = /^\..*\.([0-9]+)$/.exec(name)?.[1];
    if (pid !== undefined && statusOf(`/proc/${pid}`) === undefined) removeFile(`${directory}/${name}`);
  }
}

/** As `collect`, but only some holders, others next time: what a claim can afford on a host with thousands of them. */
export function collectSome(registry: Registry): void {
  const all = listHolders(registry);
  const start = all.length > SOME ? registry.random(all.length) : 0;
  collectHolders([...all.slice(start), ...all.slice(0, start)].slice(0, SOME), registry);
}

const SOME = 24;

function collectHolders(ids: readonly string[], registry: Registry): void {
  if (ids.length === 0) return;
  const here = lookAround();
  for (const id of ids) {
    const holder = readHolder(id, registry);
    if (holder !== undefined && isGone(holder, here, registry))
      attempt(id, registry, () => releaseIdle(holder, registry));
  }
}

function isGone(holder: Holder, here: Surroundings, registry: Registry): boolean {
  if (holder.phase === "releasing") return true;
  const liveness = livenessOf(holder.init ?? holder.claimer, here);
  if (liveness !== "gone" || holder.phase === "attached") return liveness !== "running";
  return !isStarted(holder, registry);
}

/** The claimer of a container ends when its init runs: its runtime knows whether it does. */
function isStarted(holder: Holder, registry: Registry): boolean {
  const init = registry.findInit(holder);
  if (init === "none") return false;
  if (init === "unknown") return true;
  withIdleLeases(leasesOf(holder), registry, () => {
    const now = readHolder(holder.id, registry);
    if (now?.phase === "claimed") writeHolder({ ...now, init, phase: "attached" }, registry);
  });
  return true;
}

/** Holders whose own file was lost or damaged. */
function collectLease(lease: string, registry: Registry): void {
  attempt(lease, registry, () => withIdleLeases([lease], registry, () => dropLostMarkers(lease, registry)));
}

/** A UID without holders: a process was killed between two steps. */
function collectUid(uid: number, registry: Registry): void {
  attempt(String(uid), registry, () =>
    withRegistryLock(registry, () => {
      const state = readUid(uid, registry);
      if (state.kind !== "held" || holdersOf(state.entry.name, registry).length > 0 || hasProcesses(uid)) return;
      removeIpc({ uid, gid: uid }, registry);
      withdraw(state.entry, registry);
      restUid(state.entry, registry);
    }),
  );
}

/** One that cannot be released now must not keep others. */
function attempt(what: string, registry: Registry, act: () => void): void {
  try {
    explaining(`release what ${what} left`, act);
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    for (const problem of problems) registry.warn(problem);
  }
}
