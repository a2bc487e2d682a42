import type { Submount } from "../model/facts.ts";
import type { Spec } from "../oci/spec.ts";

/** A container's config as the runtime reads it, and the facts that are not in the config. */
export interface Subject {
  readonly spec: Spec;
  /** Its root file system is the host's. */
  readonly isHostRoot: boolean;
  /** Mount points in the root file system, parents first. */
  readonly submounts: readonly Submount[];
  /** Whether a path exists in the root file system, without regard to mounts. */
  exists(path: string): boolean;
  /** IPC objects of its user are removed when it stops. */
  readonly removesIpc: boolean;
  /** Whether this machine has a system call of that name. */
  isNativeCall(name: string): boolean;
}
