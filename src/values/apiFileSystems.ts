import type { PathEdit } from "../model/edit.ts";
import type { Rootfs } from "../model/facts.ts";
import { NOBODY_ID } from "../model/nobody.ts";

const FLAGS = { noSuid: true, noDevices: true, noExec: true } as const;

/** A new /proc of the container's PID namespace, with mount options. */
export function procFileSystem(...options: readonly string[]): PathEdit {
  return { kind: "path", path: "/proc", access: "kernel", fileSystem: "proc", ...FLAGS, options };
}

/** The /proc that systemd mounts for all settings that change /proc or /sys (MountAPIVFS=); images always have one. */
export function* ownProc({ isHost }: Rootfs): Iterable<PathEdit> {
  if (isHost) yield procFileSystem();
}

/** A /sys of the container's network namespace, with the mounts that the host has in it. */
export function* ownSys(rootfs: Rootfs): Iterable<PathEdit> {
  const { isHost, submounts } = rootfs;
  if (!isHost) return;
  yield { kind: "path", path: "/sys", access: "kernel", fileSystem: "sysfs", ...FLAGS };
  const inside = submounts.map(({ path }) => path).filter((path) => path.startsWith("/sys/"));
  const topmost = inside.filter((path) => !inside.some((other) => path.startsWith(`${other}/`)));
  for (const path of topmost.filter((path) => isPassable(path, rootfs)))
    yield { kind: "path", path, access: "bind", source: path, recursive: true, inherits: true };
}

/** A user without root cannot mount on a directory that is closed to it, such as /sys/kernel/debug. */
function isPassable(path: string, { look }: Rootfs): boolean {
  const { uid, mode } = look(path);
  return uid !== NOBODY_ID || (mode & 0o001) !== 0;
}

/**
 * The message queues of the container's IPC namespace. Where a host does not show its own, as many containers do not, a user
 * without root cannot make the mount point.
 */
export function* messageQueues({ isHost, look }: Rootfs): Iterable<PathEdit> {
  const path = "/dev/mqueue";
  if (isHost && look(path).type === "missing" && look("/dev").uid === NOBODY_ID) return;
  yield { kind: "path", path, access: "kernel", fileSystem: "mqueue", ...FLAGS };
}
