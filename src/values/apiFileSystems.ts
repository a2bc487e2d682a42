import type { PathEdit } from "../edit.ts";
import type { Rootfs } from "../facts.ts";

const FLAGS = { noSuid: true, noDevices: true, noExec: true } as const;

/** A /proc of the container's own PID namespace, with options for the kernel. */
export function procFileSystem(...options: readonly string[]): PathEdit {
  return { kind: "path", path: "/proc", access: "kernel", fileSystem: "proc", ...FLAGS, options };
}

/** The one that systemd mounts for everything that changes /proc or /sys (MountAPIVFS=); images have one anyway. */
export function* ownProc({ isHost }: Rootfs): Iterable<PathEdit> {
  if (isHost) yield procFileSystem();
}

/** A /sys that shows the devices of the container's own network, with all that the host has mounted in it. */
export function* ownSys({ isHost, submounts }: Rootfs): Iterable<PathEdit> {
  if (!isHost) return;
  yield { kind: "path", path: "/sys", access: "kernel", fileSystem: "sysfs", ...FLAGS };
  const inside = submounts.map(({ path }) => path).filter((path) => path.startsWith("/sys/"));
  const topmost = inside.filter((path) => !inside.some((other) => path.startsWith(`${other}/`)));
  for (const path of topmost)
    yield { kind: "path", path, access: "bind", source: path, recursive: true, inherits: true };
}

/** The message queues of the container's own IPC namespace. */
export function messageQueues(): PathEdit {
  return { kind: "path", path: "/dev/mqueue", access: "kernel", fileSystem: "mqueue", ...FLAGS };
}
