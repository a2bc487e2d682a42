import { type UserPlaces, userPlaces } from "../apply/userPlaces.ts";
import { containerKey, ownDirectory, stateRoot } from "../host/containerKey.ts";
import { recordDirectory } from "../host/containerRecord.ts";
import { makeTrusted } from "../identity/registry.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { callerPid } from "../sys/caller.ts";
import { isWritable, tryReadText } from "../sys/files.ts";
import { callerEnvironment } from "../sys/process.ts";
import { hasCode } from "../sys/system.ts";

/** Where we keep what belongs to the container of a call. */
export interface Place {
  /** Our directory below /run, or below the user's own one. */
  readonly own: string;
  readonly cache: string;
  /** Where the low-level runtime keeps its containers, if that is known. */
  readonly stateRoot?: string;
  readonly key: string;
  /** Of this container alone. */
  readonly directory: string;
  /** Absent for the host's root. */
  readonly userPlaces?: UserPlaces | undefined;
}

export function ownPlace(): string {
  return ownDirectory(environment());
}

export function placeOf(call: RuntimeArguments, id: string, runtimeName: string): Place {
  const own = ownPlace();
  const root = stateRoot(runtimeName, optionOf(call, "root"), environment(), process.cwd());
  const key = containerKey(root, id);
  return { ...placeOfKey(own, key), stateRoot: root };
}

/** Makes what a place needs to keep anything; refuses what somebody else could change. */
export function trustPlace({ own, cache }: Pick<Place, "own" | "cache">): void {
  for (const path of [own, cache]) makeTrusted(path);
}

export function placeOfKey(own: string, key: string): Place {
  return { own, key, cache: `${own}/cache`, directory: recordDirectory(own, key), userPlaces: placesFor(own) };
}

function placesFor(own: string): UserPlaces | undefined {
  return own === "/run/dynuser" ? undefined : userPlaces(environment());
}

/** A hook of a user without root gets no variables: podman, which started it, has them. */
function environment(): Readonly<Record<string, string | undefined>> {
  const own = callerEnvironment();
  if (own["XDG_RUNTIME_DIR"] !== undefined || isWritable("/run")) return own;
  const lines = callersLines().filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function callersLines(): readonly string[] {
  try {
    return (tryReadText(`/proc/${callerPid()}/environ`) ?? "").split("\0");
  } catch (error) {
    // It may be somebody else's.
    if (hasCode(error, "EACCES", "EPERM")) return [];
    throw error;
  }
}
