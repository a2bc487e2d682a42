import { using } from "../files/directory.ts";
import { O_RDONLY, openFile } from "../files/files.ts";
import { O_PATH } from "./callNumbers.ts";
import { fchdir } from "./libc.ts";
import { chrootHere, setns, unshare } from "./mountCalls.ts";
import { hasCode } from "./system.ts";

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

/**
 * Acts in the mount namespace of process `pid`, whose root directory is `/` then, and returns to this thread's own
 * namespace, root and working directory (setns(2) moves all three).
 */
export function inMountNamespace<T>(pid: number, act: () => T): T {
  return using(openFile("/proc/thread-self/ns/mnt", O_RDONLY), (own) =>
    using(openFile("/", O_PATH), (root) =>
      using(openFile(".", O_PATH), (directory) =>
        using(openFile(`/proc/${pid}/ns/mnt`, O_RDONLY), (other) => {
          enter(other);
          try {
            return act();
          } finally {
            enter(own);
            fchdir(root);
            chrootHere();
            fchdir(directory);
          }
        }),
      ),
    ),
  );
}

/** The JavaScript engine may start a thread at any time, which shares root and working directory: EINVAL. */
function enter(namespace: number, attempts = 100): void {
  try {
    unshare(CLONE_FS);
    setns(namespace, CLONE_NEWNS);
  } catch (error) {
    if (attempts === 0 || !hasCode(error, "EINVAL")) throw error;
    enter(namespace, attempts - 1);
  }
}
