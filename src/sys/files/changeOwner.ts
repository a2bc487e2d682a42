import type { FileType } from "../../model/facts.ts";
import { removeAttribute } from "../kernel/fileCalls.ts";
import { unlessMissing } from "../kernel/system.ts";
import { pin, setMode, setOwner, using } from "./directory.ts";
import { type FileStatus, readStatusAt } from "./status.ts";
import { type Visit, walkTree } from "./tree.ts";

export interface OwnerChange {
  readonly uid: number;
  readonly gid: number;
  /** Mode bits that stay: 01777 drops the set-id bits. */
  readonly mask: number;
}

/**
 * Gives a directory and everything below it to another owner, unless the directory itself is right already: it is
 * changed last, so an interrupted change starts again. ACLs and file capabilities go. Links are changed themselves,
 * never followed; mounts are left alone, and so are files with names outside of the tree, unless they belong to the
 * old owner (see systemd's path_chown_recursive(), which does not spare those).
 */
export function changeOwnerTree(top: number, change: OwnerChange): "same" | "changed" {
  const old = readStatusAt(top);
  if (isRight(old, change)) return "same";
  const spared = new Map<string, Spared>();
  walkTree(top, (directory, name, entry) => {
    if (entry.dev !== old.dev || entry.mountId !== old.mountId) return;
    // a process that may write in the tree may have removed it
    const file = unlessMissing(() => pin(directory, name));
    if (file !== undefined) using(file, (pinned) => changeUnlessForeign(pinned, old, change, spared));
  });
  changeWhollyInside(top, old, change, spared);
  changeOne(top, old, change);
  return "changed";
}

/** A file with several names that is not the old owner's: how many of them were met. */
interface Spared {
  readonly links: number;
  met: number;
}

function isRight(entry: FileStatus, change: OwnerChange): boolean {
  return entry.uid === change.uid && entry.gid === change.gid && (entry.mode & ~change.mask) === 0;
}

function changeUnlessForeign(file: number, old: FileStatus, change: OwnerChange, spared: Map<string, Spared>): void {
  const entry = readStatusAt(file);
  if (entry.mountId !== old.mountId) return;
  if (mayBeForeign(entry, old, change)) count(spared, entry);
  else changeOne(file, entry, change);
}

function count(spared: Map<string, Spared>, entry: FileStatus): void {
  const known = spared.get(entry.identity);
  if (known === undefined) spared.set(entry.identity, { links: entry.links, met: 1 });
  else known.met += 1;
}

/** A user that could write here may have linked another user's file, above all root's (CVE-2017-18078). */
function mayBeForeign(entry: FileStatus, old: FileStatus, change: OwnerChange): boolean {
  if (entry.type === "directory" || entry.links < 2) return false;
  return entry.uid === 0 || (entry.uid !== old.uid && entry.uid !== change.uid);
}

/** Files all of whose names are in the tree belong to the tree. */
function changeWhollyInside(top: number, old: FileStatus, change: OwnerChange, spared: Map<string, Spared>): void {
  const isInside = (entry: FileStatus) => {
    const known = spared.get(entry.identity);
    return known !== undefined && known.met === known.links && entry.links === known.links;
  };
  if (![...spared.values()].some((known) => known.met === known.links)) return;
  const visit: Visit = (directory, name, entry) => {
    if (entry.mountId !== old.mountId || !isInside(entry)) return;
    using(pin(directory, name), (file) => {
      const pinned = readStatusAt(file);
      if (isInside(pinned)) changeOne(file, pinned, change);
    });
  };
  walkTree(top, visit);
}

/** chown(2) itself drops the set-id bits and the capabilities of files, so the mode comes after it. */
function changeOne(file: number, entry: FileStatus, change: OwnerChange): void {
  const { type, mode } = entry;
  for (const attribute of ACLS[type] ?? []) removeAttribute(file, attribute);
  setOwner(file, change.uid, change.gid);
  if (type !== "link" && (type === "directory" || (mode & SET_ID) !== 0)) setMode(file, mode & change.mask);
}

const SET_ID = 0o6000;
const ACLS: Partial<Record<FileType, readonly string[]>> = {
  directory: ["system.posix_acl_access", "system.posix_acl_default"],
  file: ["system.posix_acl_access"],
};
