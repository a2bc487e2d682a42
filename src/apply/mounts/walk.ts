import { UserError } from "../../errors.ts";
import type { Facts, Rootfs } from "../../model/facts.ts";
import type { Mount, Spec } from "../../oci/spec.ts";
import { type Entry, type EntryIndex, fills, indexOf } from "./entry.ts";
import type { State } from "./mountState.ts";
import { flagsAt, type Origin, rootOrigin } from "./origin.ts";
import { nearestAbove, pathsAbove } from "./pathIndex.ts";

/** The mounts and path lists that make the entries true. */
export interface Layout {
  readonly rootReadOnly: boolean;
  /** Changes of the mounts that the spec had, by path; what is not here goes. */
  readonly kept: ReadonlyMap<string, (mount: Mount) => Mount>;
  /** Our own mounts by path, parents first. */
  readonly made: ReadonlyMap<string, readonly Mount[]>;
  readonly readonlyPaths: ReadonlySet<string>;
  readonly maskedPaths: readonly string[];
  /** What dynuser sets on mounts of the rootfs, by path, parents first. */
  readonly restricted: ReadonlyMap<string, State>;
}

/** What is true of a place and of all below it up to the next point. */
export interface BaseMount {
  readonly path: string;
  /** By the mounts made so far. */
  readonly now: State;
  /** Before us; never widened. */
  readonly before: State;
  /** What dynuser's mounts have already set (true) or cleared (false) here and on all mounts below. */
  readonly applied: Partial<State>;
  readonly origin: Origin;
}

export interface Walk extends Layout {
  readonly entries: EntryIndex;
  /** Paths in whose files the runtime has to make mount points. */
  readonly needMountPoints: ReadonlySet<string>;
  readonly facts: Facts;
  /** systemd puts nosuid on every mount it makes when there are no new privileges anyway. */
  readonly noSuid: boolean;
  /** The runtime binds the terminal to /dev/console. */
  readonly hasTerminal: boolean;
  readonly grounds: Map<string, BaseMount>;
  readonly kept: Map<string, (mount: Mount) => Mount>;
  readonly made: Map<string, readonly Mount[]>;
  readonly readonlyPaths: Set<string>;
  readonly maskedPaths: string[];
  readonly restricted: Map<string, State>;
}

export function startWalk(spec: Spec, all: readonly Entry[], facts: Facts): Walk {
  const entries = indexOf(all);
  const want = wanted(entries, "/");
  if (want.noExec) refuseNoExecRoot(facts.rootfs);
  const before = {
    readOnly: spec.root?.readonly === true || flagsAt(facts.rootfs, "/").includes("ro"),
    noExec: false,
  };
  const now = { readOnly: before.readOnly || want.readOnly, noExec: want.noExec };
  return {
    entries,
    needMountPoints: withMountPoints(entries),
    facts,
    noSuid: spec.process?.noNewPrivileges ?? false,
    hasTerminal: spec.process?.terminal ?? false,
    rootReadOnly: now.readOnly,
    // root.readonly is set after all mounts and is not recursive, in runc and in crun; noexec is on our copy before.
    grounds: new Map([
      ["/", { path: "/", now, before, applied: want.noExec ? { noExec: true } : {}, origin: rootOrigin(facts) }],
    ]),
    kept: new Map(),
    made: new Map(),
    readonlyPaths: new Set(),
    maskedPaths: [],
    restricted: new Map(),
  };
}

/** `dynuser run` makes its copy of the tree noexec itself; no runtime can. */
function refuseNoExecRoot({ hostPrefix }: Rootfs): void {
  if (hostPrefix === "") throw new UserError(`cannot honour NoExecPaths=: found "/", expected paths below it`);
}

/** All paths between the mount points that are missing and what brings the files in which they have to be made. */
function withMountPoints(entries: EntryIndex): ReadonlySet<string> {
  const found = new Set<string>();
  for (const entry of entries.values()) {
    if (!fills(entry) || entry.type !== "missing") continue;
    for (const above of pathsAbove(entry.path)) {
      found.add(above);
      const holder = entries.get(above);
      if (holder !== undefined && fills(holder)) break;
    }
  }
  return found;
}

/** What the nearest entries at or above `path` say. */
export function wanted(entries: EntryIndex, path: string): State {
  const nearest = (state: "readOnly" | "noExec") => {
    const said = entries.get(path)?.[state];
    return said ?? nearestAbove(entries, path, (entry) => entry[state] !== undefined)?.[state] ?? false;
  };
  return { readOnly: nearest("readOnly"), noExec: nearest("noExec") };
}
