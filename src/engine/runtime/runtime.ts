import { CONFIGURED_RUNTIMES, FURTHER_PLACES } from "../../host/runtimePlaces.ts";
import type { RuntimeName } from "./options.ts";

/** The low-level runtime that is going to be called. */
export interface Runtime {
  /** Absolute. */
  readonly path: string;
  readonly name: RuntimeName;
}

/** Where libexec/dynuser looks for the low-level runtime, in this order; a request to a standby process names no other one. */
export const RUNTIME_DIRECTORIES: readonly string[] = [
  CONFIGURED_RUNTIMES,
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
  "/usr/libexec/crio",
  "/usr/lib/cri-o-runc/sbin",
  ...FURTHER_PLACES,
];
