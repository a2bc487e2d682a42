import { makeDirectory } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { createFile } from "../sys/files/write.ts";

/** The nodes that InaccessiblePaths= puts over directories and files: only root can open them, and they are empty. */
export function makeInaccessible(own: string): void {
  const place = `${own}/inaccessible`;
  makeDirectory(place, 0o755);
  makeDirectory(`${place}/dir`, 0o000);
  if (statusOf(`${place}/reg`) === undefined) createFile(`${place}/reg`, "", 0o000);
}
