import { listDirectory, removeFile } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { replaceFile } from "../../sys/files/write.ts";

/** Longer than a runtime needs to open a file that it was called with. */
const KEPT_MILLISECONDS = 60_000;
const PREFIX = "for-";

/**
 * A file that the low-level runtime reads in place of the caller's, so that what was judged is what it reads.
 * @param directory the container's record, which root alone can write
 * @param pid of the runtime
 * @returns its path
 */
export function keepForRuntime(directory: string, pid: number, text: string): string {
  removeOld(directory);
  const path = `${directory}/${PREFIX}${pid}.json`;
  replaceFile(path, text, 0o600);
  return path;
}

function removeOld(directory: string): void {
  const before = Date.now() - KEPT_MILLISECONDS;
  for (const name of listDirectory(directory)) {
    const path = `${directory}/${name}`;
    if (name.startsWith(PREFIX) && (statusOf(path)?.mtimeMs ?? before) < before) removeFile(path);
  }
}
