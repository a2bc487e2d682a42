import type { PathEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Facts, FileType, Submount } from "../facts.ts";
import { isBind } from "../oci/mountOptions.ts";
import type { Mount, Spec } from "../oci/spec.ts";
import { fillingMount, inaccessibleMount, selfBind, tighten, underlay } from "./emission.ts";
import { isBelow, type State, stateOf } from "./mountState.ts";
import { hostSource, isOwnSource, type OpenOrigin, originOf, rootOrigin, sourceOfMount } from "./origin.ts";
import { comparePaths, type Entry, entryAbove, fills } from "./paths.ts";
import { type Ground, type Layout, startWalk, type Walk, wanted } from "./walk.ts";

/**
 * Walks from `/` down over all entries and submounts, and compares how each place would look by the mounts made so far
 * with how it ought to look. Where the two differ the place gets a mount of its own.
 */
export function layOut(spec: Spec, entries: readonly Entry[], facts: Facts): Layout {
  const walk = startWalk(spec, entries, facts);
  for (const point of pointsOf(entries, facts.rootfs.submounts)) visit(walk, point);
  return walk;
}

/**
 * Where nothing is mounted on /dev, both runtimes remove its ptmx, and runc adds and chowns nodes: on the host's own
 * root that would be the host's devices.
 */
const DEVICES = "/dev";

/** A place where an entry says something or another file system begins, or both. */
interface Point {
  readonly path: string;
  readonly entry: Entry | undefined;
  readonly submount: Submount | undefined;
}

function pointsOf(entries: readonly Entry[], submounts: readonly Submount[]): readonly Point[] {
  const byPath = new Map(submounts.map((submount) => [submount.path, submount]));
  const paths = new Set([...entries.map((entry) => entry.path), ...byPath.keys(), DEVICES]);
  return [...paths]
    .filter((path) => path !== "/")
    .sort(comparePaths)
    .map((path) => ({ path, entry: entries.find((entry) => entry.path === path), submount: byPath.get(path) }));
}

function visit(walk: Walk, { path, entry, submount }: Point): void {
  const above = walk.grounds.findLast((ground) => isBelow(path, ground.path))!;
  const seen = above.origin.kind === "rootfs" ? submount : undefined;
  const before = seen ? { readOnly: seen.readOnly, noExec: false } : above.before;
  if (entry?.mount !== undefined) keep(walk, path, entry.mount);
  else if (entry?.access === "inaccessible") hide(walk, entry);
  else if (entry?.edit !== undefined && fills(entry)) fill(walk, entry, entry.edit);
  else if (entry !== undefined || seen !== undefined || isHostDevices(walk, path)) {
    adjust(walk, { ...above, path, before, now: seen ? { ...before, ...above.applied } : above.now }, entry);
  }
}

function keep(walk: Walk, path: string, mount: Mount): void {
  const want = wanted(walk.entries, path);
  const set = { ...want, readOnly: readOnlyNow(walk, path, want, isBind(mount) ? "bind" : "fresh") };
  walk.kept.set(path, (other) => tighten(other, set, sourceOfMount(other, walk.facts)));
  const before = stateOf(mount);
  const now = { readOnly: want.readOnly || before.readOnly, noExec: want.noExec || before.noExec };
  const ground: Ground = { path, now, before, applied: {}, origin: { kind: "closed" } };
  const isOurs = isOwnSource(mount.source, path, walk.facts);
  walk.grounds.push(isOurs ? { ...ground, applied: appliedBy(mount), origin: rootOrigin(walk.facts) } : ground);
}

/** By a bind of ours that an earlier run of this code made. */
function appliedBy(mount: Mount): Partial<State> {
  const says = (option: string) => mount.options?.includes(option);
  return {
    ...((says("rro") || says("rrw")) && { readOnly: says("rro") === true }),
    ...((says("rnoexec") || says("rexec")) && { noExec: says("rnoexec") === true }),
  };
}

function isHostDevices({ facts }: Walk, path: string): boolean {
  return path === DEVICES && facts.rootfs.isHost && facts.rootfs.look(path).type === "directory";
}

/** runc refuses to mount anything below /proc. */
function isInProc(path: string): boolean {
  return path === "/proc" || isBelow(path, "/proc");
}

function hide(walk: Walk, { path, type }: Entry): void {
  if (isInProc(path)) walk.maskedPaths.push(path);
  else walk.made.set(path, [inaccessibleMount(path, hostSource(nodeOf(type, walk.facts), walk.facts), walk.noSuid)]);
  const now = { readOnly: true, noExec: true };
  walk.grounds.push({ path, now, before: now, applied: {}, origin: { kind: "closed" } });
}

/** One of our own that nobody may open. */
function nodeOf(type: FileType, { inaccessible = "/run/dynuser/inaccessible" }: Facts): string {
  return `${inaccessible}/${type === "directory" ? "dir" : "reg"}`;
}

function fill(walk: Walk, entry: Entry, edit: PathEdit): void {
  const { path } = entry;
  const origin = originOf(edit, path, walk.facts);
  const source = origin.kind === "closed" ? undefined : origin.at(path);
  const before = { readOnly: source?.flags.includes("ro") ?? false, noExec: false };
  const said = { ...wanted(walk.entries, path), ...(edit.idMap && { noExec: entry.noExec ?? true }) };
  const want = { ...said, readOnly: said.readOnly || before.readOnly };
  const state = { ...want, readOnly: readOnlyNow(walk, path, want, source ? "bind" : "fresh") };
  const mount = fillingMount(edit, path, source, { ...state, noSuid: walk.noSuid });
  walk.made.set(path, keepsOldMode(walk, entry, mount) ? [underlay(mount), mount] : [mount]);
  walk.grounds.push({ path, now: want, before, applied: {}, origin });
}

/** runc 1.1 gives a tmpfs the mode of the directory that it covers, whatever its option says. */
function keepsOldMode({ facts }: Walk, { type, mode }: Entry, mount: Mount): boolean {
  if (mount.type !== "tmpfs" || facts.runtime.name !== "runc" || type === "missing") return false;
  const wish = mount.options?.findLast((option) => option.startsWith("mode="));
  return wish !== undefined && Number.parseInt(wish.slice("mode=".length), 8) !== mode;
}

/**
 * Whether the mount itself can be read-only from the start: not where the runtime still has to make mount points in it.
 * Then linux.readonlyPaths does it, after all mounts; it is not the first choice as it is not recursive.
 */
function readOnlyNow(walk: Walk, path: string, { readOnly }: State, kind: "bind" | "fresh" = "bind"): boolean {
  if (!readOnly) return false;
  // Runtimes themselves put off the ro of a fresh file system.
  const late = kind === "bind" && needsMountPoints(walk.entries, path);
  // crun copies what lies in a late path before it has made a tmpfs or a file in it read-only.
  const isCopied = walk.readonlyPaths.some((other) => isBelow(path, other));
  if (late || isCopied) walk.readonlyPaths.push(path);
  return !late;
}

function needsMountPoints(entries: readonly Entry[], path: string): boolean {
  return entries.some((entry) => {
    if (!fills(entry) || entry.type !== "missing" || !isBelow(entry.path, path)) return false;
    const holder = entryAbove(entries, entry.path, fills);
    return holder === undefined || !isBelow(holder.path, path);
  });
}

/** Read-only, writable, noexec or exec without files of its own: a bind of the place onto itself where needed. */
function adjust(walk: Walk, ground: Ground, entry: Entry | undefined): void {
  const { path, now, before, origin } = ground;
  const said = wanted(walk.entries, path);
  const want = { readOnly: said.readOnly || before.readOnly, noExec: said.noExec || before.noExec };
  const same = now.readOnly === want.readOnly && now.noExec === want.noExec;
  if (same && !isHostDevices(walk, path)) walk.grounds.push(ground);
  else if (origin.kind === "closed" || isBelow(path, "/proc")) listOnly(walk, ground, want, entry);
  else walk.grounds.push(bindOver(walk, ground, origin, want));
}

function bindOver(walk: Walk, ground: Ground, origin: OpenOrigin, want: State): Ground {
  const { path } = ground;
  const set = { ...want, readOnly: readOnlyNow(walk, path, want) };
  const cleared = origin.kind === "rootfs" && origin.live ? undo(ground.applied, want) : {};
  if (set.readOnly === want.readOnly || set.noExec) {
    walk.made.set(path, [selfBind(path, origin.at(path), { ...set, noSuid: walk.noSuid }, cleared)]);
  }
  const applied = { ...cleared, ...(set.readOnly && { readOnly: true }), ...(set.noExec && { noExec: true }) };
  return { ...ground, now: want, applied };
}

/** A copy of a place in the rootfs has what we ourselves set above it; what was so before us is in `want`. */
function undo(applied: Partial<State>, want: State): Partial<State> {
  return {
    ...(applied.readOnly && !want.readOnly && { readOnly: false }),
    ...(applied.noExec && !want.noExec && { noExec: false }),
  };
}

/** Where nothing can be bound only read-only is possible, after all mounts and with links resolved in the container. */
function listOnly(walk: Walk, ground: Ground, want: State, entry: Entry | undefined): void {
  const implied = entry === undefined || entry.access === "readWriteImplicit" || entry.edit?.optional === true;
  const possible = want.readOnly && want.noExec === ground.now.noExec;
  if (!possible && !implied) {
    throw new UserError(
      `cannot change ${quote(ground.path)} alone: it lies in a mount of the engine or in /proc, expected the whole mount`,
    );
  }
  if (want.readOnly && !ground.now.readOnly) walk.readonlyPaths.push(ground.path);
  walk.grounds.push({ ...ground, now: { ...ground.now, readOnly: want.readOnly || ground.now.readOnly } });
}
