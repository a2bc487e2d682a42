import type { Namespace, NamespaceType, Process, Spec } from "../oci/spec.ts";
import { type MountAccess, placeAt, placesOf } from "./access.ts";
import { type Calls, readCalls } from "./calls.ts";
import type { Subject } from "./subject.ts";

/** The input of the assessors. */
export interface Evidence {
  readonly subject: Subject;
  readonly spec: Spec;
  readonly process: Process;
  readonly calls: Calls;
  /** The capabilities that the process and its children can acquire. */
  readonly capabilities: ReadonlySet<string>;
  at(path: string): MountAccess;
  namespace(type: NamespaceType): Namespace | undefined;
}

export function collectEvidence(subject: Subject): Evidence {
  const { spec } = subject;
  const process = spec.process ?? { user: { uid: 0, gid: 0 }, cwd: "/" };
  const places = placesOf(subject);
  return {
    subject,
    spec,
    process,
    calls: readCalls(spec.linux?.seccomp),
    capabilities: new Set(process.capabilities?.bounding ?? []),
    at: (path) => placeAt(places, path),
    namespace: (type) => spec.linux?.namespaces?.find((one) => one.type === type),
  };
}
