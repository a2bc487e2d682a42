import { dirname } from "node:path";
import { isBelow } from "../../apply/mounts/mountState.ts";
import type { Spec } from "../../oci/spec.ts";
import { isWritable, listDirectory, makeDirectory, readLink } from "../../sys/files/files.ts";
import { statusOf, statusOfLink } from "../../sys/files/status.ts";
import { createFile } from "../../sys/files/write.ts";
import { symlinkat } from "../../sys/kernel/fileCalls.ts";
import { AT_FDCWD } from "../../sys/kernel/libc.ts";
import { mount } from "../../sys/kernel/mountCalls.ts";
import { copyTo, PRIVATE_MOUNTS } from "./privateMounts.ts";

/**
 * Makes room for mount points that are missing in the host's tree, where neither dynuser nor the runtime may make them: the
 * directory becomes a tmpfs with the same entries. Whether anything was made: the tree then has other mounts than before.
 */
export function makeMountRoom({ mounts = [] }: Spec): boolean {
  const points = mounts.map(({ destination }) => destination);
  const missing = points.filter((path) => !isInMount(path, points) && statusOf(inRootfs(path)) === undefined);
  const rooms = new Set(missing.map(nearestDirectory).filter((path) => !isWritable(inRootfs(path))));
  rooms.forEach(rebuild);
  return rooms.size > 0;
}

/** The runtime makes mount points in the mounts that it has made before. */
function isInMount(path: string, points: readonly string[]): boolean {
  return points.some((other) => other !== "/" && isBelow(path, other));
}

function nearestDirectory(path: string): string {
  const above = dirname(path);
  return statusOf(inRootfs(above))?.isDirectory() ? above : nearestDirectory(above);
}

function inRootfs(path: string): string {
  return path === "/" ? PRIVATE_MOUNTS.rootfs : `${PRIVATE_MOUNTS.rootfs}${path}`;
}

function rebuild(path: string): void {
  const [from, to] = [`${PRIVATE_MOUNTS.host}${path === "/" ? "" : path}`, inRootfs(path)];
  mount("dynuser", to, "tmpfs", 0, "mode=0755,size=4m,nr_inodes=16k");
  for (const name of listDirectory(from)) showEntry(`${from}/${name}`, `${to}/${name}`);
}

function showEntry(from: string, to: string): void {
  const target = readLink(from);
  if (target !== undefined) {
    symlinkat(target, AT_FDCWD, to);
    return;
  }
  if (statusOfLink(from)?.isDirectory()) makeDirectory(to, 0o755);
  else createFile(to, "", 0o644);
  copyTo(from, to);
}
