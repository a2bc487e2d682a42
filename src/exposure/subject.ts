import type { Submount } from "../facts.ts";
import type { Spec } from "../oci/spec.ts";

/** A container as its runtime gets it, and what of it is not in its config. */
export interface Subject {
  readonly spec: Spec;
  /** Its root file system is the host's own. */
  readonly isHostRoot: boolean;
  /** Mount points that come with the root file system, parents first. */
  readonly submounts: readonly Submount[];
  /** Whether there is anything at a path of the root file system, what is mounted in it left aside. */
  exists(path: string): boolean;
  /** IPC objects of its user are removed when it ends. */
  readonly removesIpc: boolean;
  /** Whether this machine has a system call of that name. */
  isNativeCall(name: string): boolean;
}
