import { makeDirectory } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { createFile } from "../sys/files/write.ts";

/** The nodes that InaccessiblePaths= puts over directories and files: only root can open them, and they are empty. */
export function makeInaccessible(own: string): void {
  const place = `${own}/inaccessible`;
  // the last one that is made
  if (statusOf(`${place}/reg`) !== undefined) return;
  makeDirectory(place, 0o755);
  makeDirectory(`${place}/dir`, 0o000);
  createFile(`${place}/reg`, "", 0o000);
}
