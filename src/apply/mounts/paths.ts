import { quote, UserError } from "../../errors.ts";
import type { PathEdit } from "../../model/edit.ts";
import type { Facts } from "../../model/facts.ts";
import type { Mount } from "../../oci/spec.ts";
import { normalise } from "./duplicates.ts";
import { type Entry, type EntryIndex, fills, indexOf, type PathKind } from "./entry.ts";
import { lookInRootfs, lookInside } from "./lookup.ts";
import { stateOf } from "./mountState.ts";
import { isOwnSource } from "./origin.ts";
import { isBelowAny, nearestAbove } from "./pathIndex.ts";

/**
 * All entries, parents first, one for each path.
 * @throws UserError when a path that must exist does not
 */
export function resolvePaths(mounts: readonly Mount[], edits: readonly PathEdit[], facts: Facts): readonly Entry[] {
  const engine = mounts.map((mount) => engineEntry(mount, facts));
  refuseRoot(edits.map(directiveEntry).filter(({ path }) => path === "/"));
  const asked = withoutPlainDirectories(edits.map(directiveEntry), facts);
  const mounted = mountedKinds(engine, facts);
  let entries = normalise(withoutSeenLinks([...engine, ...asked]));
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const index = indexOf(entries);
    const followed = entries.map((entry) => underMount(follow(entry, index, facts), mounted));
    refuseRoot(followed.slice(0, 1));
    if (followed.every((entry, i) => entry.path === entries[i]?.path)) return dropMissing(followed);
    entries = normalise(followed);
  }
  throw new UserError("cannot find out where the paths lead: too many symbolic links");
}

/** @throws UserError for mounts on `/`, which the runtime makes */
function refuseRoot(entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.path !== "/" || !(fills(entry) || entry.access === "inaccessible")) continue;
    throw new UserError(
      `cannot honour ${entry.edit?.directive ?? entry.access}=: found "/", expected a path below it: the runtime makes the container's root`,
    );
  }
}

function withoutSeenLinks(entries: readonly Entry[]): readonly Entry[] {
  const filled = new Set(entries.filter(fills).map(({ path }) => path));
  return entries.filter(({ edit, path }) => edit?.linked !== true || isBelowAny(filled, path));
}

/**
 * The service's own directories on the host's root, where nothing else concerns paths: they are there as they are. As
 * under systemd, which makes no mount namespace for them (src/core/exec-invoke.c, exec_needs_mount_namespace), the
 * service can then remove them, and link files from one into another.
 */
function withoutPlainDirectories(entries: readonly Entry[], { rootfs }: Facts): readonly Entry[] {
  return rootfs.isHost && entries.every(isPlainDirectory) ? [] : entries;
}

function isPlainDirectory({ edit }: Entry): boolean {
  if (edit?.access !== "bind" || !edit.made || edit.source !== edit.path) return edit?.linked === true;
  return !edit.readOnly && !edit.noSuid && edit.idMap === undefined;
}

/** The kernel's limit of links in one path (path_resolution(7)). */
const MAX_ROUNDS = 40;

/** Files that engines put into every container on their own; systemd would see them as part of the root. */
const ENGINE_FILES: ReadonlySet<string> = new Set([
  "/etc/hosts",
  "/etc/hostname",
  "/etc/resolv.conf",
  "/run/.containerenv",
  "/run/secrets",
  "/.dockerenv",
]);

/** Where a mount of the spec really goes. */
export function containerPath(mount: Mount, facts: Facts): string {
  return facts.rootfs.look(mount.destination).path;
}

function engineEntry(mount: Mount, facts: Facts): Entry {
  const place = { ...lookInRootfs(mount.destination, facts), access: "engine", mount } as const;
  const { readOnly, noExec } = stateOf(mount);
  // The same edits state the flags of such a bind once more.
  if (isOwnSource(mount.source, place.path, facts)) return { ...place, readOnly: undefined, noExec: undefined };
  const inherits = ENGINE_FILES.has(place.path) && !readOnly;
  return { ...place, readOnly: inherits ? undefined : readOnly, noExec: noExec || undefined };
}

function directiveEntry(edit: PathEdit): Entry {
  const { path, access } = edit;
  return { path, access, type: "missing", ...statesOf(edit), edit };
}

/** What an edit says about its path and everything below, until another one says otherwise. */
function statesOf(edit: PathEdit): Pick<Entry, "readOnly" | "noExec"> {
  switch (edit.access) {
    case "inaccessible":
    case "emptyDirectory":
      return { readOnly: true, noExec: undefined };
    case "bind":
    case "privateTmp":
    case "privateDevices":
    case "kernel":
    case "tmpfs":
      return { readOnly: edit.inherits ? undefined : (edit.readOnly ?? false), noExec: edit.noExec };
    case "readOnly":
      return { readOnly: true, noExec: undefined };
    case "readWrite":
    case "readWriteImplicit":
      return { readOnly: false, noExec: undefined };
    case "noExec":
      return { readOnly: undefined, noExec: true };
    case "exec":
      return { readOnly: undefined, noExec: false };
  }
}

/** The entry with the place where its path leads, seen through what is mounted above it. */
function follow(entry: Entry, entries: EntryIndex, facts: Facts): Entry {
  const above = nearestAbove(entries, entry.path, fills);
  if (above !== undefined) return { ...entry, ...lookInside(above, entry.path, facts) };
  if (entry.isMade) return { ...entry, type: "directory" };
  return { ...entry, ...lookInRootfs(entry.path, facts) };
}

/** What the engine's mounts show at paths that the image does not have; the runtime makes their mount points. */
function mountedKinds(engine: readonly Entry[], facts: Facts): ReadonlyMap<string, PathKind> {
  return new Map(
    engine.filter(({ type }) => type === "missing").map((entry) => [entry.path, lookInside(entry, entry.path, facts)]),
  );
}

/** InaccessiblePaths= takes the place of such a mount. */
function underMount(entry: Entry, mounted: ReadonlyMap<string, PathKind>): Entry {
  const kind = entry.access === "inaccessible" && entry.type === "missing" ? mounted.get(entry.path) : undefined;
  return kind === undefined ? entry : { ...entry, ...kind };
}

/** Filling entries stay missing, which says that their mount points have to be made. */
function withMadeType(entry: Entry): Entry {
  return entry.type === "missing" && entry.isMade && !fills(entry) ? { ...entry, type: "directory" } : entry;
}

/** Mount points are made where they are missing, everything else must be there. */
function dropMissing(entries: readonly Entry[]): readonly Entry[] {
  return entries.map(withMadeType).filter((entry) => {
    if (entry.type !== "missing") return true;
    if (entry.edit?.optional || entry.access === "readWriteImplicit") return false;
    if (fills(entry)) return true;
    throw new UserError(
      `cannot honour ${entry.edit?.directive ?? entry.access}=: found nothing at ${quote(entry.path)} in the container, expected an existing path, or "-" before it`,
    );
  });
}
