import { basename } from "node:path";
import { CGROUP_ROOT, callerCgroups, hierarchies, isUnified } from "../../host/cgroups.ts";
import type { Resources } from "../../oci/spec.ts";
import { isWritable, makeDirectory, tryReadText } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { writeText } from "../../sys/files/write.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { type CallerUnit, delegatedTo, pathOfSlice, unitOf } from "./caller.ts";
import { limitsLost } from "./limits.ts";

/** Where the cgroups of a run are made. */
export interface CgroupPlace {
  /** The directory in each hierarchy, by the mount point of the hierarchy. */
  readonly parents: ReadonlyMap<string, string>;
  /** Limits of the caller that do not hold there by themselves. */
  readonly limits: Resources;
}

export interface PlaceRequest {
  /** The ID of the run, which names its scope. */
  readonly id: string;
  /** Slice=, if it is set. */
  readonly slice: string | undefined;
  /** TasksMax= is set. */
  readonly hasTaskLimit: boolean;
  warn(text: string): void;
}

/** The top of each hierarchy, for what is only predicted. */
export function topPlace(): CgroupPlace {
  return { parents: new Map(hierarchies().map((mountPoint) => [mountPoint, mountPoint])), limits: {} };
}

/**
 * Where dynuser may make cgroups; no parents where it may not, as without root and without delegation, or in a container
 * that has them read-only.
 * @param kind root of the host, or of a user namespace
 * @throws UserError when the slice that Slice= names cannot be had
 */
export async function findPlace(request: PlaceRequest, kind: "root" | "user"): Promise<CgroupPlace> {
  const place = kind === "root" ? await findPlaceOfRoot(request) : findPlaceOfUser();
  return [...place.parents.values()].every(isWritable) ? place : NO_PLACE;
}

const NO_PLACE: CgroupPlace = { parents: new Map(), limits: {} };

function findPlaceOfUser(): CgroupPlace {
  if (!isUnified()) return topPlace();
  const own = callerCgroups().get(CGROUP_ROOT) ?? CGROUP_ROOT;
  const delegated = delegatedTo(own);
  if (delegated === undefined || !isWritable(delegated)) return placeAt(CGROUP_ROOT, own);
  try {
    return placeIn(delegated, own);
  } catch (error) {
    // Processes in it may be another user's.
    if (hasCode(error, "EACCES", "EPERM")) return NO_PLACE;
    throw error;
  }
}

/**
 * Below the caller's own cgroup where that is the caller's to change, so that its limits hold and what ends the caller's
 * unit ends the run. Elsewhere systemd alone writes its tree (https://systemd.io/CGROUP_DELEGATION): it is asked for a
 * scope in the caller's slice. A caller in no unit gets cgroups at the top, with the limits that it has itself.
 * @throws UserError when the slice that Slice= names cannot be had
 */
async function findPlaceOfRoot(request: PlaceRequest): Promise<CgroupPlace> {
  if (!isUnified()) return placeInVersion1(request);
  const own = callerCgroups().get(CGROUP_ROOT) ?? CGROUP_ROOT;
  const delegated = request.slice === undefined ? delegatedTo(own) : undefined;
  if (delegated !== undefined) return placeIn(delegated, own);
  const unit = unitOf(own.slice(CGROUP_ROOT.length));
  return (await findScope(request, unit, own)) ?? placeAt(CGROUP_ROOT, own);
}

function placeAt(parent: string, own: string): CgroupPlace {
  return { parents: new Map([[CGROUP_ROOT, parent]]), limits: limitsLost(own, parent) };
}

/** A subgroup gets the processes that are directly in it, as only a cgroup without any can limit those below. */
function placeIn(delegated: string, own: string): CgroupPlace {
  const callers = `${delegated}/dynuser-caller`;
  makeDirectory(callers, 0o755);
  for (const pid of (tryReadText(`${delegated}/cgroup.procs`) ?? "").split("\n").filter(Boolean)) {
    try {
      writeText(`${callers}/cgroup.procs`, pid);
    } catch (error) {
      // it may end at any time
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }
  return placeAt(delegated, own);
}

/** Loaded only where systemd is asked. */
async function findScope(
  request: PlaceRequest,
  unit: CallerUnit | undefined,
  own: string,
): Promise<CgroupPlace | undefined> {
  const slice = request.slice ?? unit?.slice;
  if (slice === undefined) return undefined;
  if (statusOf("/run/systemd/system") === undefined) {
    if (request.slice !== undefined) request.warn(`ignoring Slice=: no systemd runs here (${request.slice})`);
    return undefined;
  }
  const { openScope } = await import("./scope.ts");
  const scope = openScope({ ...request, slice, unit, isRequired: request.slice !== undefined });
  if (scope === undefined) return undefined;
  return { parents: new Map([[CGROUP_ROOT, scope]]), limits: limitsLost(own, CGROUP_ROOT + pathOfSlice(slice)) };
}

/** In version 1 processes may be in any cgroup, so that nothing has to be asked for. */
function placeInVersion1({ slice, warn }: PlaceRequest): CgroupPlace {
  if (slice !== undefined) warn(`ignoring Slice=: found cgroup v1, expected cgroup v2 (${slice})`);
  const own = callerCgroups();
  const parents = hierarchies().map((mountPoint) => [mountPoint, parentInVersion1(mountPoint, own)] as const);
  return { parents: new Map(parents), limits: {} };
}

/**
 * A cgroup below one with restricted devices cannot allow all of them as the run's config does, and the kernel refuses
 * that; the run is at the top of this hierarchy then.
 */
function parentInVersion1(mountPoint: string, own: ReadonlyMap<string, string>): string {
  const directory = own.get(mountPoint) ?? mountPoint;
  if (!basename(mountPoint).split(",").includes("devices")) return directory;
  const devices = tryReadText(`${directory}/devices.list`)?.trim() ?? ALL_DEVICES;
  return devices === ALL_DEVICES ? directory : mountPoint;
}

const ALL_DEVICES = "a *:* rwm";
