import { type Area, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

/** Where starts write records: without room for them no container starts. */
const PATHS = ["/run", "/var/lib"] as const;
const MINIMUM_BYTES = 1 << 20;
const MINIMUM_FILES = 100;

export const space: Area<Host> = {
  name: "free space",
  *probe(host) {
    for (const path of PATHS) {
      const room = host.space(path);
      if (room === undefined) continue;
      if (room.bytes < MINIMUM_BYTES || isOutOfFiles(room.files)) {
        yield problem(
          `${path} is full: no container can start`,
          `remove files from ${path} (du -xh ${path} | sort -h)`,
        );
      } else yield ok(`${path} has room`);
    }
  },
};

/** Btrfs reports no inodes at all. */
function isOutOfFiles(files: number): boolean {
  return files > 0 && files < MINIMUM_FILES;
}
