import { ACCESSES, type Access, type PathEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Facts, FileType, Found } from "../facts.ts";
import { isBind } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
import { FLAG_NAMES, isBelow, stateOf } from "./mountState.ts";
import { isOwnSource, lookAtSource } from "./origin.ts";

/**
 * What becomes of one path. The algorithm is systemd's (src/core/namespace.c, sort_and_drop_unused_mounts and
 * apply_mounts), but read-only and noexec are inherited from the nearest entry above that states them, as systemd.exec(5)
 * promises; systemd's own code forgets them for a path that is listed for another reason.
 */
export interface Entry {
  /** In the container, links followed. */
  readonly path: string;
  /** `engine` is a mount that the spec had before us; it counts as a bind that the user asked for. */
  readonly access: Access | "engine";
  /** What the entry says about itself; undefined where it inherits. */
  readonly readOnly: boolean | undefined;
  readonly noExec: boolean | undefined;
  readonly edit?: PathEdit;
  readonly mount?: Mount;
  /** What is there before us. */
  readonly type: FileType;
  /** Its permission bits; undefined where nobody can know. */
  readonly mode?: number | undefined;
}

type Place = Pick<Entry, "type" | "mode">;

/**
 * All entries, parents first, one for each path.
 * @throws UserError when a path that must exist does not
 */
export function resolvePaths(mounts: readonly Mount[], edits: readonly PathEdit[], facts: Facts): readonly Entry[] {
  const engine = mounts.map((mount) => engineEntry(mount, facts));
  let entries = normalise([...engine, ...edits.map(directiveEntry)]);
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const followed = entries.map((entry) => follow(entry, entries, facts));
    if (followed.every((entry, i) => entry.path === entries[i]?.path)) return dropMissing(followed);
    entries = normalise(followed);
  }
  throw new UserError("cannot find out where the paths lead: too many symbolic links");
}

/** The kernel's limit of links in one path (path_resolution(7)). */
const MAX_ROUNDS = 40;

/** Files that engines put into every container on their own; systemd would see them as part of the root. */
export const ENGINE_FILES: ReadonlySet<string> = new Set([
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

/** Component by component, parents before their children (systemd's path_compare): no name has a NUL in it. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return a.replaceAll("/", "\0") < b.replaceAll("/", "\0") ? -1 : 1;
}

/** The nearest entry strictly above `path` that `accepts`; entries are sorted parents first. */
export function entryAbove(
  entries: readonly Entry[],
  path: string,
  accepts: (entry: Entry) => boolean = () => true,
): Entry | undefined {
  return entries.findLast((entry) => isBelow(path, entry.path) && accepts(entry));
}

const FILLING = new Set<Entry["access"]>([
  "engine",
  "bind",
  "privateTmp",
  "privateDevices",
  "emptyDirectory",
  "kernel",
  "tmpfs",
]);

/** The entry brings files of its own and hides what the rootfs has there. */
export function fills(entry: Entry): boolean {
  return FILLING.has(entry.access);
}

function engineEntry(mount: Mount, facts: Facts): Entry {
  const place = { ...lookInRootfs(mount.destination, facts), access: "engine", mount } as const;
  const { readOnly, noExec } = stateOf(mount);
  // Why a bind of ours is as it is the same edits say once more.
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

function normalise(entries: readonly Entry[]): readonly Entry[] {
  const sorted = [...entries].sort((a, b) => comparePaths(a.path, b.path) || rank(a) - rank(b));
  return dropRepeated(dropHidden(joinDuplicates(sorted)));
}

/** An engine's mount counts as a bind, and of two binds for one path the engine's stays. */
function rank(entry: Entry): number {
  return entry.access === "engine" ? ACCESSES.indexOf("bind") - 0.5 : ACCESSES.indexOf(entry.access);
}

function joinDuplicates(sorted: readonly Entry[]): readonly Entry[] {
  return [...Map.groupBy(sorted, (entry) => entry.path).values()].map(joinGroup);
}

function joinGroup(all: readonly Entry[]): Entry {
  const group = withoutInherited(all);
  const strongest = withKernelOptions(strongestOf(group), group);
  // That the files of a mount can be written means nothing when the mount is lost.
  const asked = group.find((entry) => entry.access !== "engine");
  const heard = group.filter((entry) => entry === strongest || entry === asked || !fills(entry));
  const lost = group.filter((entry) => !heard.includes(entry));
  const joined = (state: "readOnly" | "noExec") =>
    join([...heard.map((entry) => entry[state]), ...lost.map((entry) => entry[state] || undefined)]);
  return { ...strongest, readOnly: joined("readOnly"), noExec: joined("noExec") };
}

/** What the host has mounted there, and is only shown again, gives way to all that is asked for. */
function withoutInherited(group: readonly Entry[]): readonly Entry[] {
  const asked = group.filter(({ edit }) => edit?.inherits !== true);
  return asked.some(fills) ? asked : group;
}

/**
 * The order of ACCESSES decides, with exceptions: an engine's mount gives way to a TemporaryFileSystem= on the same path,
 * which can only have been asked for to hide it, to what is to take its place (/proc, /dev), and to its own other form.
 */
function strongestOf(group: readonly Entry[]): Entry {
  const [first, ...others] = group as readonly [Entry, ...Entry[]];
  const strongestDirective = others.find((entry) => entry.access !== "engine");
  const takesPlace =
    /^(?:tmpfs|kernel|privateDevices)$/.test(strongestDirective?.access ?? "") ||
    strongestDirective?.edit?.replacesEngines === true;
  return first.access === "engine" && takesPlace ? strongestDirective! : first;
}

/** Everybody's options for one file system, those of the engine's mount of it included. */
function withKernelOptions(entry: Entry, group: readonly Entry[]): Entry {
  const { edit } = entry;
  if (entry.access !== "kernel" || edit === undefined) return entry;
  const engine = group
    .filter(({ mount }) => mount?.type === edit.fileSystem)
    .flatMap(({ mount }) => mount?.options ?? []);
  const asked = group.flatMap((other) => (other.access === "kernel" ? (other.edit?.options ?? []) : []));
  const named = new Set(asked.map((option) => option.split("=")[0]));
  const kept = engine.filter((option) => !named.has(option.split("=")[0]) && !FLAG_NAMES.has(option));
  return { ...entry, edit: { ...edit, options: [...new Set([...kept, ...asked])] } };
}

/** True when any says so, false when any says that, undefined when none says anything. */
function join(states: readonly (boolean | undefined)[]): boolean | undefined {
  const said = states.filter((state) => state !== undefined);
  return said.length === 0 ? undefined : said.includes(true);
}

function dropHidden(entries: readonly Entry[]): readonly Entry[] {
  const hiding = entries.filter((entry) => entry.access === "inaccessible");
  return entries.filter((entry) => !hiding.some((above) => isBelow(entry.path, above.path)));
}

const REPEATABLE = new Set<Entry["access"]>(["readOnly", "readWrite", "readWriteImplicit"]);

/** Saying the same as the nearest entry above changes nothing, so such a path need not even exist. */
function dropRepeated(entries: readonly Entry[]): readonly Entry[] {
  const kept: Entry[] = [];
  for (const entry of entries) {
    const above = entryAbove(kept, entry.path);
    if (above === undefined || !repeats(entry, above)) kept.push(entry);
  }
  return kept;
}

function repeats(entry: Entry, above: Entry): boolean {
  const isSame = entry.access === above.access && entry.readOnly === above.readOnly;
  return REPEATABLE.has(entry.access) && isSame && entry.noExec === undefined;
}

/** The entry with the place where its path leads, seen through what is mounted above it. */
function follow(entry: Entry, entries: readonly Entry[], facts: Facts): Entry {
  const above = entryAbove(entries, entry.path, fills);
  if (above !== undefined) return { ...entry, ...lookInside(above, entry.path, facts) };
  if (entry.edit?.made) return { ...entry, type: "directory" };
  return { ...entry, ...lookInRootfs(entry.path, facts) };
}

function lookInRootfs(place: string, { rootfs }: Facts): Place & { readonly path: string } {
  const { path, type, mode } = rootfs.look(place);
  return { path, type, mode };
}

/** Links are not followed here: they belong to whoever fills the mount, and the runtime resolves them safely. */
function lookInside(above: Entry, path: string, facts: Facts): Place {
  const inside = path.slice(above.path.length);
  if (above.edit !== undefined) return lookInFilling(above.edit, inside, facts);
  if (above.mount === undefined) return { type: "missing" };
  if (isBind(above.mount)) return placeOf(lookAtSource(`${above.mount.source}${inside}`, facts));
  return lookInFresh(above.mount, inside, facts);
}

function lookInFilling({ access, source, fileSystem, path }: PathEdit, inside: string, facts: Facts): Place {
  if (source !== undefined) return placeOf(facts.host.look(source + inside));
  if (fileSystem !== undefined) return lookInFresh({ type: fileSystem, destination: path }, inside, facts);
  const isDevice = access === "privateDevices" && PSEUDO_DEVICES.includes(inside.slice(1));
  return { type: isDevice ? "device" : "missing" };
}

/** What runtimes put into a /dev of its own. */
const PSEUDO_DEVICES: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"];

function placeOf({ type, mode }: Found): Place {
  return { type, mode };
}

/** Inside a file system that does not exist before the runtime mounts it. */
function lookInFresh({ type, destination }: Mount, inside: string, facts: Facts): Place {
  if (type === "sysfs") return placeOf(facts.host.look(`/sys${inside}`));
  const isEmpty = (type === "tmpfs" || type === "ramfs") && destination !== "/dev";
  return { type: isEmpty ? "missing" : "file" };
}

const DIRECTIVE_OF: Partial<Record<Entry["access"], string>> = {
  inaccessible: "InaccessiblePaths",
  readOnly: "ReadOnlyPaths",
  readWrite: "ReadWritePaths",
  noExec: "NoExecPaths",
  exec: "ExecPaths",
};

/** Mount points are made where they are missing, everything else must be there. */
function dropMissing(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => {
    if (entry.type !== "missing") return true;
    if (entry.edit?.optional || entry.access === "readWriteImplicit") return false;
    if (fills(entry)) return true;
    const name = DIRECTIVE_OF[entry.access];
    throw new UserError(
      `cannot honour ${name}=: found nothing at ${quote(entry.path)} in the container, expected an existing path, or "-" before it`,
    );
  });
}
