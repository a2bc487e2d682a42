import { quote, UserError } from "../../errors.ts";
import type { PathEdit } from "../../model/edit.ts";
import type { Facts, FileType, Submount } from "../../model/facts.ts";
import { STATE_DIRECTORY } from "../../model/paths.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { Mount, Spec } from "../../oci/spec.ts";
import { fillingMount, inaccessibleMount, selfBind, tighten, underlay } from "./emission.ts";
import { comparePaths, type Entry, type EntryIndex, fills } from "./entry.ts";
import { isBelow, type State, stateOf } from "./mountState.ts";
import {
  hostSource,
  isOwnSource,
  madeExecutable,
  type OpenOrigin,
  originOf,
  rootOrigin,
  type Source,
  sourceOfMount,
} from "./origin.ts";
import { isBelowAny, nearestAbove } from "./pathIndex.ts";
import { type BaseMount, type Layout, startWalk, type Walk, wanted } from "./walk.ts";

/**
 * Walks from `/` down over all entries and submounts, and compares the state that the mounts made so far give a path
 * with the wanted one. Where the two differ the path gets a mount.
 */
export function computeLayout(spec: Spec, entries: readonly Entry[], facts: Facts): Layout {
  const walk = startWalk(spec, entries, facts);
  for (const point of pointsOf(walk.entries, facts.rootfs.submounts)) visit(walk, point);
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

function pointsOf(entries: EntryIndex, submounts: readonly Submount[]): readonly Point[] {
  const byPath = new Map(submounts.map((submount) => [submount.path, submount]));
  const paths = new Set([...entries.keys(), ...byPath.keys(), DEVICES]);
  return [...paths]
    .filter((path) => path !== "/")
    .sort(comparePaths)
    .map((path) => ({ path, entry: entries.get(path), submount: byPath.get(path) }));
}

function visit(walk: Walk, { path, entry, submount }: Point): void {
  const above = nearestAbove(walk.grounds, path)!;
  const seen = above.origin.kind === "rootfs" ? submount : undefined;
  const before = seen ? { readOnly: seen.readOnly, noExec: false } : above.before;
  if (entry?.mount !== undefined) keep(walk, path, entry.mount);
  else if (entry?.access === "inaccessible") hide(walk, entry);
  else if (entry?.edit !== undefined && fills(entry)) fill(walk, entry, entry.edit);
  else if (entry !== undefined || seen !== undefined || isHostDevices(walk, path)) {
    adjust(walk, { ...above, path, before, now: seen ? { ...before, ...above.applied } : above.now }, entry);
  }
}

/** What the paths below it stand on. */
function stand({ grounds }: Walk, ground: BaseMount): void {
  grounds.set(ground.path, ground);
}

function keep(walk: Walk, path: string, mount: Mount): void {
  const want = wanted(walk.entries, path);
  const set = { ...want, readOnly: readOnlyNow(walk, path, want, isBind(mount) ? "bind" : "fresh") };
  walk.kept.set(path, (other) => tighten(other, set, sourceOfMount(other, walk.facts)));
  const before = stateOf(mount);
  const now = { readOnly: want.readOnly || before.readOnly, noExec: want.noExec || before.noExec };
  const ground: BaseMount = { path, now, before, applied: {}, origin: { kind: "closed" } };
  const isOurs = isOwnSource(mount.source, path, walk.facts);
  stand(walk, isOurs ? { ...ground, applied: appliedBy(mount), origin: rootOrigin(walk.facts) } : ground);
}

/** What a bind that an earlier run of this code made has set. */
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
  stand(walk, { path, now, before: now, applied: {}, origin: { kind: "closed" } });
}

/** One of dynuser's own nodes with mode 0. */
function nodeOf(type: FileType, { inaccessible = `${STATE_DIRECTORY}/inaccessible` }: Facts): string {
  return `${inaccessible}/${type === "directory" ? "dir" : "reg"}`;
}

function fill(walk: Walk, entry: Entry, edit: PathEdit): void {
  const { path } = entry;
  const origin = originOf(edit, path, walk.facts);
  const source = origin.kind === "closed" ? undefined : sourceOf(origin, path, entry);
  const before = { readOnly: source?.flags.includes("ro") ?? false, noExec: false };
  const said = { ...wanted(walk.entries, path), ...(edit.idMap && { noExec: entry.noExec ?? true }) };
  const want = { ...said, readOnly: said.readOnly || before.readOnly };
  const state = { ...want, readOnly: readOnlyNow(walk, path, want, source ? "bind" : "fresh") };
  const mount = fillingMount(edit, path, source, { ...state, noSuid: walk.noSuid }, walk.facts.privateDevices);
  walk.made.set(path, keepsOldMode(walk, entry, mount) ? [underlay(mount), mount] : [mount]);
  stand(walk, { path, now: want, before, applied: {}, origin });
}

function sourceOf(origin: OpenOrigin, path: string, entry: Entry | undefined): Source {
  const source = origin.at(path);
  return entry?.isExecutable ? madeExecutable(source) : source;
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
  const late = (kind === "bind" && walk.needMountPoints.has(path)) || isConsoleMade(walk, path);
  // crun copies what lies in a late path before it has made a tmpfs or a file in it read-only.
  const isCopied = isBelowAny(walk.readonlyPaths, path);
  if (late || isCopied) walk.readonlyPaths.add(path);
  return !late;
}

/** runc 1.1 creates /dev/console again, also where it is there, and cannot in a read-only bind. */
function isConsoleMade({ facts, hasTerminal }: Walk, path: string): boolean {
  return path === DEVICES && hasTerminal && facts.privateDevices !== undefined && facts.runtime.name === "runc";
}

/** Read-only, writable, noexec or exec over the same files: a bind of the path onto itself where needed. */
function adjust(walk: Walk, ground: BaseMount, entry: Entry | undefined): void {
  const { path, now, before, origin } = ground;
  const said = wanted(walk.entries, path);
  const want = { readOnly: said.readOnly || before.readOnly, noExec: said.noExec || before.noExec };
  const same = now.readOnly === want.readOnly && now.noExec === want.noExec && !isLifted(walk, ground, entry);
  if (same && !isHostDevices(walk, path)) stand(walk, ground);
  else if (entry === undefined && isRestrictable(walk, path)) stand(walk, restrict(walk, ground, want));
  else if (origin.kind === "closed" || isBelow(path, "/proc")) listOnly(walk, ground, want, entry);
  else stand(walk, bindOver(walk, ground, sourceOf(origin, path, entry), want));
}

/** Not in an image, where the flags of the file system are the engine's. */
function isLifted({ facts }: Walk, { path, origin }: BaseMount, entry: Entry | undefined): boolean {
  if (origin.kind === "closed" || !facts.rootfs.isHost) return false;
  return sourceOf(origin, path, entry).isExecutable === true;
}

/** A mount of the tree that only needs flags; the host may unmount it at any time, so that a bind of it could fail. */
function isRestrictable({ facts, needMountPoints }: Walk, path: string): boolean {
  return facts.rootfs.restrictsMounts === true && path !== DEVICES && !needMountPoints.has(path);
}

function restrict(walk: Walk, ground: BaseMount, want: State): BaseMount {
  walk.restricted.set(ground.path, want);
  return { ...ground, now: want };
}

function bindOver(walk: Walk, ground: BaseMount, source: Source, want: State): BaseMount {
  const { path, origin } = ground;
  const set = { ...want, readOnly: readOnlyNow(walk, path, want) };
  const cleared = origin.kind === "rootfs" && origin.live ? undo(ground.applied, want) : {};
  if (set.readOnly === want.readOnly || set.noExec) {
    walk.made.set(path, [selfBind(path, source, { ...set, noSuid: walk.noSuid }, cleared)]);
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
function listOnly(walk: Walk, ground: BaseMount, want: State, entry: Entry | undefined): void {
  const implied = entry === undefined || entry.access === "readWriteImplicit" || entry.edit?.optional === true;
  const possible = want.readOnly && want.noExec === ground.now.noExec;
  if (!possible && !implied) {
    throw new UserError(
      `cannot change ${quote(ground.path)} alone: it lies in a mount of the engine or in /proc, expected the whole mount`,
    );
  }
  if (want.readOnly && !ground.now.readOnly) walk.readonlyPaths.add(ground.path);
  stand(walk, { ...ground, now: { ...ground.now, readOnly: want.readOnly || ground.now.readOnly } });
}
