import type { PathEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Facts, FileType, Submount } from "../facts.ts";
import type { Mount, Spec } from "../oci/spec.ts";
import { fillingMount, INACCESSIBLE_NODES, inaccessibleMount, selfBind, tighten, underlay } from "./emission.ts";
import { isBelow, type State, stateOf } from "./mountState.ts";
import {
  flagsAt,
  hostSource,
  isOwnSource,
  type OpenOrigin,
  type Origin,
  originOf,
  rootOrigin,
  sourceOfMount,
} from "./origin.ts";
import { comparePaths, type Entry, fills } from "./paths.ts";

/** The mounts and path lists that make the entries true. */
export interface Layout {
  readonly rootReadOnly: boolean;
  /** Changes of the mounts that the spec had, by path; what is not here goes. */
  readonly kept: ReadonlyMap<string, (mount: Mount) => Mount>;
  /** Our own mounts by path, parents first. */
  readonly made: ReadonlyMap<string, readonly Mount[]>;
  readonly readonlyPaths: readonly string[];
  readonly maskedPaths: readonly string[];
}

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

/** What is true of a place and of all below it up to the next point. */
interface Ground {
  readonly path: string;
  /** By the mounts made so far. */
  readonly now: State;
  /** Before us; never widened. */
  readonly before: State;
  /** What mounts of ours have already set (true) or cleared (false) here and on all mounts below. */
  readonly applied: Partial<State>;
  readonly origin: Origin;
}

interface Walk extends Layout {
  readonly entries: readonly Entry[];
  readonly facts: Facts;
  /** systemd puts nosuid on every mount it makes when there are no new privileges anyway. */
  readonly noSuid: boolean;
  readonly grounds: Ground[];
  readonly kept: Map<string, (mount: Mount) => Mount>;
  readonly made: Map<string, readonly Mount[]>;
  readonly readonlyPaths: string[];
  readonly maskedPaths: string[];
}

function startWalk(spec: Spec, entries: readonly Entry[], facts: Facts): Walk {
  const want = wanted(entries, "/");
  refuseOnRoot(entries[0], want);
  const before = {
    readOnly: spec.root?.readonly === true || flagsAt(facts.rootfs, "/").includes("ro"),
    noExec: false,
  };
  const now = { ...before, readOnly: before.readOnly || want.readOnly };
  return {
    entries,
    facts,
    noSuid: spec.process?.noNewPrivileges ?? false,
    rootReadOnly: now.readOnly,
    // root.readonly is set after all mounts and is not recursive, in runc and in crun.
    grounds: [{ path: "/", now, before, applied: {}, origin: rootOrigin(facts) }],
    kept: new Map(),
    made: new Map(),
    readonlyPaths: [],
    maskedPaths: [],
  };
}

function refuseOnRoot(first: Entry | undefined, want: State): void {
  if (first?.path !== "/") return;
  if (fills(first) || first.access === "inaccessible") {
    throw new UserError(
      `cannot mount anything on "/": the container's root is made by the runtime, expected a path below it`,
    );
  }
  if (want.noExec) throw new UserError(`cannot honour NoExecPaths=: found "/", expected paths below it`);
}

function pointsOf(entries: readonly Entry[], submounts: readonly Submount[]): readonly Point[] {
  const byPath = new Map(submounts.map((submount) => [submount.path, submount]));
  const paths = new Set([...entries.map((entry) => entry.path), ...byPath.keys(), DEVICES]);
  return [...paths]
    .filter((path) => path !== "/")
    .sort(comparePaths)
    .map((path) => ({ path, entry: entries.find((entry) => entry.path === path), submount: byPath.get(path) }));
}

/** What the nearest entries at or above `path` say. */
function wanted(entries: readonly Entry[], path: string): State {
  const over = entries.filter((entry) => entry.path === path || isBelow(path, entry.path));
  return {
    readOnly: over.findLast((entry) => entry.readOnly !== undefined)?.readOnly ?? false,
    noExec: over.findLast((entry) => entry.noExec !== undefined)?.noExec ?? false,
  };
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
  const set = { ...want, readOnly: readOnlyNow(walk, path, want) };
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
  else walk.made.set(path, [inaccessibleMount(path, hostSource(nodeOf(type), walk.facts), walk.noSuid)]);
  const now = { readOnly: true, noExec: true };
  walk.grounds.push({ path, now, before: now, applied: {}, origin: { kind: "closed" } });
}

function nodeOf(type: FileType): string {
  return type === "directory" ? INACCESSIBLE_NODES.directory : INACCESSIBLE_NODES.other;
}

function fill(walk: Walk, entry: Entry, edit: PathEdit): void {
  const { path } = entry;
  const origin = originOf(edit, path, walk.facts);
  const source = origin.kind === "closed" ? undefined : origin.at(path);
  const before = { readOnly: source?.flags.includes("ro") ?? false, noExec: false };
  const said = { ...wanted(walk.entries, path), ...(edit.idMap && { noExec: entry.noExec ?? true }) };
  const want = { ...said, readOnly: said.readOnly || before.readOnly };
  // Runtimes put off ro on a tmpfs until all is mounted.
  const state = { ...want, readOnly: source === undefined ? want.readOnly : readOnlyNow(walk, path, want) };
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
 * Whether the mount itself can be read-only from the start: not where the runtime still has to make mount points below.
 * Then linux.readonlyPaths does it, after all mounts; it is not the first choice as it is not recursive.
 */
function readOnlyNow({ entries, readonlyPaths }: Walk, path: string, { readOnly }: State): boolean {
  if (!readOnly) return false;
  const late = entries.some((entry) => fills(entry) && entry.type === "missing" && isBelow(entry.path, path));
  if (late) readonlyPaths.push(path);
  return !late;
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
