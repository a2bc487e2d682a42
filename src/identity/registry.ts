import type { Release } from "../model/action.ts";
import { STATE_DIRECTORY } from "../model/paths.ts";
import type { Names } from "../sys/names/names.ts";
import type { Holder } from "./holderRecord.ts";
import type { ProcessId } from "./process.ts";

/** Where everything is on the host; other places only in tests. */
export interface RegistryPaths {
  /** Locks, claimed UIDs, leases and holders of dynuser. */
  readonly stateDir: string;
  readonly userdb: string;
  /** systemd's lock files, one per UID. */
  readonly dynamicUids: string;
  readonly passwordLock: string;
  readonly cgroups: string;
  readonly sharedMemory: string;
  readonly messageQueues: string;
  /** The directory of the ledger. */
  readonly ledger: string;
}

export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What the administrator may choose. */
export interface IdentityRules {
  readonly range: Range;
  /** How long a UID rests before it may get another name. */
  readonly cooldownSeconds: number;
}

/** The one allocator of a host, and what it needs from outside. */
export interface Registry extends IdentityRules {
  readonly paths: RegistryPaths;
  readonly names: Names;
  /** A number from 0 to `below` - 1. */
  random(below: number): number;
  /** Performs what was recorded with a holder, except IPC objects. Idempotent. */
  perform(releases: readonly Release[]): void;
  /** The init of a container whose claimer is gone. */
  findInit(holder: Holder): ProcessId | "none" | "unknown";
  warn(text: string): void;
  /** Whether a claim releases first what others left; a standby process does so after its answer. */
  readonly collectsFirst: boolean;
  /** Processes that no release may end: dynuser and its client. */
  readonly spared: readonly number[];
}

export const HOST_PATHS: RegistryPaths = {
  stateDir: STATE_DIRECTORY,
  userdb: "/run/userdb",
  dynamicUids: "/run/systemd/dynamic-uid",
  passwordLock: "/etc/.pwd.lock",
  cgroups: "/sys/fs/cgroup",
  sharedMemory: "/dev/shm",
  messageQueues: "/dev/mqueue",
  ledger: "/var/lib/dynuser",
};

/** systemd's own, 0xEF00 to 0xFFEF (docs/UIDS-GIDS.md). */
export const SYSTEMD_RANGE: Range = { first: 61184, last: 65519 };

export const DEFAULT_RULES: IdentityRules = { range: SYSTEMD_RANGE, cooldownSeconds: 60 };

export function holdersIn(own: string): string {
  return `${own}/holders`;
}

export function leasesIn(own: string): string {
  return `${own}/leases`;
}

export function uidsIn(own: string): string {
  return `${own}/uids`;
}

/** Records of engines' containers (start/containerRecord.ts), one directory each. */
export function recordsIn(own: string): string {
  return `${own}/containers`;
}
