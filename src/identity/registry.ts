import type { Release } from "../action.ts";
import { UserError } from "../errors.ts";
import { makeDirectory, statusOfLink } from "../sys/files.ts";
import { hostNames, type Names } from "../sys/names.ts";
import { findInit } from "./container.ts";
import { explaining } from "./failure.ts";
import type { Holder } from "./holder.ts";
import type { ProcessMark } from "./process.ts";

/** Where everything is on the host; other places only in tests. */
export interface Places {
  /** Ours: locks, claimed UIDs, leases and holders. */
  readonly own: string;
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
  readonly restSeconds: number;
}

/** The one allocator of a host, and what it needs from outside. */
export interface Registry extends IdentityRules {
  readonly places: Places;
  readonly names: Names;
  /** A number from 0 to `below` - 1. */
  random(below: number): number;
  /** Performs what was recorded with a holder, except IPC objects. Idempotent. */
  perform(releases: readonly Release[]): void;
  /** The init of a container whose claimer is gone. */
  findInit(holder: Holder): ProcessMark | "none" | "unknown";
  warn(text: string): void;
}

export const HOST_PLACES: Places = {
  own: "/run/dynuser",
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

export const DEFAULT_RULES: IdentityRules = { range: SYSTEMD_RANGE, restSeconds: 60 };

export type RegistrySettings = Pick<Registry, "perform" | "warn"> & Partial<Registry>;

/** @throws UserError when our directory could be written by others */
export function openRegistry(settings: RegistrySettings): Registry {
  const registry: Registry = {
    places: HOST_PLACES,
    ...DEFAULT_RULES,
    names: settings.names ?? hostNames(),
    random: randomBelow,
    findInit,
    ...settings,
  };
  const { own } = registry.places;
  for (const path of [own, holdersIn(own), leasesIn(own), uidsIn(own)]) makeTrusted(path);
  return registry;
}

export function holdersIn(own: string): string {
  return `${own}/holders`;
}

export function leasesIn(own: string): string {
  return `${own}/leases`;
}

export function uidsIn(own: string): string {
  return `${own}/uids`;
}

/** What doors for engines keep of their containers (host/containerRecord.ts), one directory each. */
export function recordsIn(own: string): string {
  return `${own}/containers`;
}

/** Makes the directory; refuses one that somebody else could change. */
export function makeTrusted(path: string): void {
  explaining(`keep leases in ${path}`, () => makeOrCheck(path));
}

function makeOrCheck(path: string): void {
  // Nearly always it is there, and an error object costs more than a call.
  const there = statusOfLink(path);
  if (there === undefined && makeDirectory(path, 0o755)) return;
  const status = there ?? statusOfLink(path);
  if (status?.isDirectory() && status.uid === 0 && (status.mode & 0o022) === 0) return;
  const found = status?.isDirectory()
    ? `UID ${status.uid}, mode 0${(status.mode & 0o7777).toString(8)}`
    : "no directory";
  throw new UserError(`cannot keep leases in ${path}: found ${found}, expected a directory that only root can write`);
}

function randomBelow(below: number): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % below;
}
