import { dirname, join } from "node:path";
import type { Spec } from "../../oci/spec.ts";
import { using } from "../../sys/files/directory.ts";
import { isWritable, listDirectory, makeDirectory, openFile, readLink } from "../../sys/files/files.ts";
import { statusOf, statusOfLink } from "../../sys/files/status.ts";
import { createFile } from "../../sys/files/write.ts";
import { O_DIRECTORY, O_PATH } from "../../sys/kernel/callNumbers.ts";
import { symlinkat } from "../../sys/kernel/fileCalls.ts";
import { AT_FDCWD } from "../../sys/kernel/libc.ts";
import { mount } from "../../sys/kernel/mountCalls.ts";
import { placeOf } from "./mountPoints.ts";
import { copyTo } from "./privateMounts.ts";

/**
 * Makes room for mount points that are missing in the host's tree, or in a directory of it that is bound into the container,
 * where neither dynuser nor the runtime may make them: the directory becomes a tmpfs with the same entries. Whether anything
 * was made: the tree then has other mounts than before.
 */
export function makeMountRoom(spec: Spec): boolean {
  const points = (spec.mounts ?? []).flatMap((_, index) => {
    const place = placeOf(spec, index);
    return place === undefined ? [] : [join(place.root, place.path)];
  });
  const missing = points.filter((path) => statusOf(path) === undefined);
  const rooms = new Set(missing.map(nearestDirectory).filter((path) => !isWritable(path)));
  rooms.forEach(rebuild);
  return rooms.size > 0;
}

function nearestDirectory(path: string): string {
  const above = dirname(path);
  return statusOf(above)?.isDirectory() ? above : nearestDirectory(above);
}

/** Its entries are shown from below the tmpfs that covers them. */
function rebuild(path: string): void {
  using(openFile(path, O_PATH | O_DIRECTORY), (covered) => {
    mount("dynuser", path, "tmpfs", 0, "mode=0755,size=4m,nr_inodes=16k");
    const from = `/proc/self/fd/${covered}`;
    for (const name of listDirectory(from)) showEntry(join(from, name), join(path, name));
  });
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
