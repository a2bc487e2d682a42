import { ACCESSES } from "../../model/edit.ts";
import { comparePaths, type Entry, fills } from "./entry.ts";
import { FLAG_NAMES } from "./mountState.ts";
import { isBelowAny, nearestAbove } from "./pathIndex.ts";

export function normalise(entries: readonly Entry[]): readonly Entry[] {
  const sorted = [...entries].sort((a, b) => comparePaths(a.path, b.path) || rank(a) - rank(b));
  return dropRepeated(dropHidden(joinDuplicates(sorted)));
}

/**
 * An engine's mount counts as a bind. Of several binds for one path the engine's stays, then one without what lies below
 * its source, and the service's own directory comes last (src/core/namespace.c, MountMode; compile_bind_mounts).
 */
export function rank({ access, edit }: Entry): number {
  const place = access === "engine" ? ACCESSES.indexOf("bind") - 0.5 : ACCESSES.indexOf(access);
  if (access !== "bind") return place;
  return place + (edit?.made ? 0.5 : edit?.recursive ? 0.25 : 0);
}

function joinDuplicates(sorted: readonly Entry[]): readonly Entry[] {
  return [...Map.groupBy(sorted, (entry) => entry.path).values()].map(joinGroup);
}

export function joinGroup(all: readonly Entry[]): Entry {
  const group = withoutInherited(all);
  const strongest = withKernelOptions(strongestOf(withoutReplacements(group)), group);
  // That the files of a mount can be written means nothing when the mount is lost.
  const asked = group.find((entry) => entry.access !== "engine");
  const heard = group.filter((entry) => entry === strongest || entry === asked || !fills(entry));
  const lost = group.filter((entry) => !heard.includes(entry));
  const joined = (state: "readOnly" | "noExec") =>
    join([...heard.map((entry) => entry[state]), ...lost.map((entry) => entry[state] || undefined)]);
  const isMade = group.some(({ edit }) => edit?.made);
  const noExec = joined("noExec");
  const isExecutable = noExec === false && group.some(({ access }) => access === "exec");
  return { ...strongest, ...(isMade && { isMade }), readOnly: joined("readOnly"), noExec, isExecutable };
}

/** What the host has mounted there, and is only shown again, gives way to all that is asked for. */
function withoutInherited(group: readonly Entry[]): readonly Entry[] {
  const asked = group.filter(({ edit }) => edit?.inherits !== true);
  return asked.some(fills) ? asked : group;
}

/** Annotations may hide what the profile mounts at a path, and mount nothing else there. */
function withoutReplacements(group: readonly Entry[]): readonly Entry[] {
  const isRequested = ({ edit }: Entry) => edit?.requested === true;
  const isMounted = group.some((entry) => entry.access !== "engine" && !isRequested(entry) && fills(entry));
  return isMounted ? group.filter((entry) => !isRequested(entry) || entry.access === "inaccessible") : group;
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
export function join(states: readonly (boolean | undefined)[]): boolean | undefined {
  const said = states.filter((state) => state !== undefined);
  return said.length === 0 ? undefined : said.includes(true);
}

function dropHidden(entries: readonly Entry[]): readonly Entry[] {
  const hiding = new Set(entries.filter(({ access }) => access === "inaccessible").map(({ path }) => path));
  return entries.filter(({ path }) => !isBelowAny(hiding, path));
}

const REPEATABLE = new Set<Entry["access"]>(["readOnly", "readWrite", "readWriteImplicit"]);

/** Saying the same as the nearest entry above changes nothing, so such a path need not even exist. */
function dropRepeated(entries: readonly Entry[]): readonly Entry[] {
  const kept = new Map<string, Entry>();
  for (const entry of entries) {
    const above = nearestAbove(kept, entry.path);
    if (above === undefined || !repeats(entry, above)) kept.set(entry.path, entry);
  }
  return [...kept.values()];
}

export function repeats(entry: Entry, above: Entry): boolean {
  const isSame = entry.access === above.access && entry.readOnly === above.readOnly;
  return REPEATABLE.has(entry.access) && isSame && entry.noExec === undefined;
}
