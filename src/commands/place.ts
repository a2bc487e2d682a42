import { type UserPlaces, userPlaces } from "../apply/userPlaces.ts";
import { containerKey, ownDirectory, stateRoot } from "../host/containerKey.ts";
import { recordDirectory } from "../host/containerRecord.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { callerEnvironment } from "../sys/process.ts";

/** Where we keep what belongs to the container of a call. */
export interface Place {
  /** Our directory below /run, or below the user's own one. */
  readonly own: string;
  readonly cache: string;
  /** Where the low-level runtime keeps its containers. */
  readonly stateRoot: string;
  readonly key: string;
  /** Of this container alone. */
  readonly directory: string;
  /** Absent for the host's root. */
  readonly userPlaces?: UserPlaces | undefined;
}

export function ownPlace(): string {
  return ownDirectory(callerEnvironment());
}

export function placeOf(call: RuntimeArguments, id: string, runtimeName: string): Place {
  const own = ownPlace();
  const root = stateRoot(runtimeName, optionOf(call, "root"), callerEnvironment(), process.cwd());
  const key = containerKey(root, id);
  return {
    own,
    key,
    stateRoot: root,
    cache: `${own}/cache`,
    directory: recordDirectory(own, key),
    userPlaces: placesFor(own),
  };
}

function placesFor(own: string): UserPlaces | undefined {
  return own === "/run/dynuser" ? undefined : userPlaces(callerEnvironment());
}
