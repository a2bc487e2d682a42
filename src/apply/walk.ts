import { UserError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { Mount, Spec } from "../oci/spec.ts";
import { isBelow, type State } from "./mountState.ts";
import { flagsAt, type Origin, rootOrigin } from "./origin.ts";
import { type Entry, fills } from "./paths.ts";

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

/** What is true of a place and of all below it up to the next point. */
export interface Ground {
  readonly path: string;
  /** By the mounts made so far. */
  readonly now: State;
  /** Before us; never widened. */
  readonly before: State;
  /** What mounts of ours have already set (true) or cleared (false) here and on all mounts below. */
  readonly applied: Partial<State>;
  readonly origin: Origin;
}

export interface Walk extends Layout {
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

export function startWalk(spec: Spec, entries: readonly Entry[], facts: Facts): Walk {
  const want = wanted(entries, "/");
  refuseOnRoot(entries[0], want, facts);
  const before = {
    readOnly: spec.root?.readonly === true || flagsAt(facts.rootfs, "/").includes("ro"),
    noExec: false,
  };
  const now = { readOnly: before.readOnly || want.readOnly, noExec: want.noExec };
  return {
    entries,
    facts,
    noSuid: spec.process?.noNewPrivileges ?? false,
    rootReadOnly: now.readOnly,
    // root.readonly is set after all mounts and is not recursive, in runc and in crun; noexec is on our copy before.
    grounds: [{ path: "/", now, before, applied: want.noExec ? { noExec: true } : {}, origin: rootOrigin(facts) }],
    kept: new Map(),
    made: new Map(),
    readonlyPaths: [],
    maskedPaths: [],
  };
}

function refuseOnRoot(first: Entry | undefined, want: State, { rootfs }: Facts): void {
  if (first?.path !== "/") return;
  if (fills(first) || first.access === "inaccessible") {
    throw new UserError(
      `cannot mount anything on "/": the container's root is made by the runtime, expected a path below it`,
    );
  }
  // Of dynuser run: a copy of the tree, which becomes noexec before the runtime gets it.
  const isOurs = rootfs.hostPrefix !== "";
  if (want.noExec && !isOurs) throw new UserError(`cannot honour NoExecPaths=: found "/", expected paths below it`);
}

/** What the nearest entries at or above `path` say. */
export function wanted(entries: readonly Entry[], path: string): State {
  const over = entries.filter((entry) => entry.path === path || isBelow(path, entry.path));
  return {
    readOnly: over.findLast((entry) => entry.readOnly !== undefined)?.readOnly ?? false,
    noExec: over.findLast((entry) => entry.noExec !== undefined)?.noExec ?? false,
  };
}
