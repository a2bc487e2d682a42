import { readAttribute, writeAttribute } from "../kernel/fileCalls.ts";
import { hasCode, unlessMissing } from "../kernel/system.ts";
import { pin, using } from "./directory.ts";
import { type FileStatus, readStatusAt } from "./status.ts";
import { walkTree } from "./tree.ts";

/** The attribute that holds a file's SELinux label, with a NUL at its end. */
const ATTRIBUTE = "security.selinux";

/** Of what a descriptor stands for; undefined where there is none. */
export function readLabel(descriptor: number): string | undefined {
  return readAttribute(descriptor, ATTRIBUTE)?.toString().replace(/\0+$/, "");
}

/** Nothing happens on a file system without labels, as with an engine's volumes. */
export function setLabel(descriptor: number, label: string): void {
  try {
    writeAttribute(descriptor, ATTRIBUTE, Buffer.from(`${label}\0`));
  } catch (error) {
    if (!hasCode(error, "EOPNOTSUPP", "ENOTSUP")) throw error;
  }
}

/**
 * Labels a directory and everything below it, unless the directory itself has the label: it is labelled last, so an
 * interrupted change starts again. Links are labelled themselves, mounts are left alone, and so are files with names outside of
 * the tree: a user that may write in it may have linked another user's file.
 */
export function labelTree(top: number, label: string): void {
  if (readLabel(top) === label) return;
  const { dev, mountId } = readStatusAt(top);
  walkTree(top, (directory, name, entry) => {
    if (entry.dev !== dev || entry.mountId !== mountId) return;
    const file = unlessMissing(() => pin(directory, name));
    if (file !== undefined) using(file, (pinned) => labelUnlessForeign(pinned, mountId, label));
  });
  setLabel(top, label);
}

function labelUnlessForeign(file: number, mountId: FileStatus["mountId"], label: string): void {
  const status = readStatusAt(file);
  const hasOtherNames = !status.isDirectory() && status.links > 1;
  if (status.mountId === mountId && !hasOtherNames) setLabel(file, label);
}
