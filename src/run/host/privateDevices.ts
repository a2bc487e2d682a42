import { dirname } from "node:path";
import { PRIVATE_DEVICES_TMPFS } from "../../directives/devices.ts";
import type { PathEdit } from "../../model/edit.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { Mount, Spec } from "../../oci/spec.ts";
import { thisCaller } from "../../start/caller.ts";
import { setMode, using } from "../../sys/files/directory.ts";
import { makeDirectories, makeDirectory, readLink } from "../../sys/files/files.ts";
import { statusOf, statusOfLink } from "../../sys/files/status.ts";
import { createFile } from "../../sys/files/write.ts";
import { O_PATH } from "../../sys/kernel/callNumbers.ts";
import { mknodat, symlinkat } from "../../sys/kernel/fileCalls.ts";
import { AT_FDCWD, openat } from "../../sys/kernel/libc.ts";
import { mount } from "../../sys/kernel/mountCalls.ts";
import { PRIVATE_MOUNTS } from "./privateMounts.ts";

/** Device nodes of mount_private_dev() (src/core/namespace.c) as major and minor. */
const NODES = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
} as const;

const PTMX = [5, 2] as const;

/** The nodes as mounts of the host's. */
export function boundDevices(): readonly PathEdit[] {
  return Object.keys(NODES).map((name) => {
    const path = `/dev/${name}`;
    return { kind: "path", path, access: "bind", source: path, noExec: false, noSuid: true };
  });
}

/** Of dev_setup() (src/shared/dev-setup.c). */
const LINKS = {
  core: "/proc/kcore",
  fd: "/proc/self/fd",
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
} as const;

/**
 * Separate terminals for the run of a user without root. Such a user can open no ptmx of the host: not the one in the host's
 * devpts, which admits root alone, nor a bind of the one beside it, which does not find that devpts (devpts_mntget in
 * fs/devpts/inode.c).
 */
export function makeOwnTerminals(spec: Spec): void {
  if (thisCaller().kind === "root" || !(spec.process?.terminal || isPrivate(spec)) || statusOf(TERMINALS) === undefined)
    return;
  if (!isOwnPtmx()) mount("dynuser", TERMINALS, "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
}

const TERMINALS = `${PRIVATE_MOUNTS.host}/dev/pts`;
const MS_NOSUID = 2;
const MS_NOEXEC = 8;

function isOwnPtmx(): boolean {
  return ((statusOf(`${TERMINALS}/ptmx`)?.mode ?? 0) & 0o006) === 0o006;
}

function isPrivate({ mounts = [] }: Spec): boolean {
  return mounts.some(({ source }) => source === PRIVATE_MOUNTS.devices);
}

/** Makes the /dev of PrivateDevices=, with the mount points that the config needs in it. */
export function makePrivateDevices(spec: Spec): void {
  const { mounts = [], process } = spec;
  const { devices } = PRIVATE_MOUNTS;
  if (!isPrivate(spec)) return;
  if (makeDirectory(devices, 0o755)) {
    mount("dynuser", devices, "tmpfs", 0, PRIVATE_DEVICES_TMPFS.join(","));
    fill(devices);
  }
  const console = `${devices}/console`;
  if (process?.terminal && statusOf(console) === undefined) createFile(console, "", 0o600);
  for (const one of mounts) makeMountPoint(one);
}

/** The root of a user namespace may make no device: the host's are mounted there (`boundDevices`). */
function fill(directory: string): void {
  if (thisCaller().hasDevices) {
    for (const [name, number] of Object.entries(NODES)) makeNode(`${directory}/${name}`, number);
  }
  if (isLinkThatWorks()) symlinkat("pts/ptmx", AT_FDCWD, `${directory}/ptmx`);
  else makeNode(`${directory}/ptmx`, PTMX);
  for (const [name, target] of Object.entries(LINKS)) symlinkat(target, AT_FDCWD, `${directory}/${name}`);
}

/**
 * In containers /dev/ptmx is a link to the devpts, and a link it is for systemd's services. On an ordinary host it is a node,
 * and only root may open the one of the devpts (ptmxmode=000, Documentation/filesystems/devpts.rst).
 */
function isLinkThatWorks(): boolean {
  return isOwnPtmx() && (thisCaller().kind === "user" || readLink("/dev/ptmx") !== undefined);
}

function makeNode(path: string, [major, minor]: readonly [number, number]): void {
  const S_IFCHR = 0o020000;
  mknodat(AT_FDCWD, path, S_IFCHR | 0o666, (major << 8) | minor);
  using(openat(AT_FDCWD, path, O_PATH), (node) => setMode(node, 0o666));
}

function makeMountPoint(one: Mount): void {
  if (!one.destination.startsWith("/dev/")) return;
  const path = PRIVATE_MOUNTS.devices + one.destination.slice("/dev".length);
  if (statusOfLink(path) !== undefined) return;
  const isFile = isBind(one) && statusOf(one.source ?? "")?.isDirectory() === false;
  makeDirectories(isFile ? dirname(path) : path);
  if (isFile) createFile(path, "", 0o644);
}
