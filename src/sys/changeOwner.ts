import type { FileType } from "../facts.ts";
import { pin, setMode, setOwner, using } from "./directory.ts";
import { type Entry, readEntry } from "./entry.ts";
import { removeAttribute } from "./libc.ts";
import { unlessMissing } from "./system.ts";
import { type Visit, walkTree } from "./tree.ts";

export interface OwnerChange {
  readonly uid: number;
  readonly gid: number;
  /** Mode bits that stay: 01777 drops the set-id bits. */
  readonly mask: number;
}

/**
 * Gives a directory and everything below it to another owner, unless the directory itself is right already: it is
 * changed last, so whoever is interrupted starts again. ACLs and file capabilities go. Links are changed themselves,
 * never followed; mounts are left alone, and so are files with names outside of the tree, unless they belong to the
 * old owner (see systemd's path_chown_recursive(), which does not spare those).
 */
export function changeOwnerTree(top: number, change: OwnerChange): "same" | "changed" {
  const old = readEntry(top);
  if (isRight(old, change)) return "same";
  const spared = new Map<string, Spared>();
  walkTree(top, (directory, name, entry) => {
    if (entry.device !== old.device || entry.mountId !== old.mountId) return;
    // who may write in the tree may have removed it
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

function isRight(entry: Entry, change: OwnerChange): boolean {
  return entry.uid === change.uid && entry.gid === change.gid && (entry.mode & ~change.mask) === 0;
}

function changeUnlessForeign(file: number, old: Entry, change: OwnerChange, spared: Map<string, Spared>): void {
  const entry = readEntry(file);
  if (entry.mountId !== old.mountId) return;
  if (mayBeForeign(entry, old, change)) count(spared, entry);
  else changeOne(file, entry, change);
}

function count(spared: Map<string, Spared>, entry: Entry): void {
  const known = spared.get(entry.identity);
  if (known === undefined) spared.set(entry.identity, { links: entry.links, met: 1 });
  else known.met += 1;
}

/** Whoever could write here may have linked a file of somebody else, root above all (CVE-2017-18078). */
function mayBeForeign(entry: Entry, old: Entry, change: OwnerChange): boolean {
  if (entry.type === "directory" || entry.links < 2) return false;
  return entry.uid === 0 || (entry.uid !== old.uid && entry.uid !== change.uid);
}

/** Files all of whose names are in the tree are nobody else's after all. */
function changeWhollyInside(top: number, old: Entry, change: OwnerChange, spared: Map<string, Spared>): void {
  const isInside = (entry: Entry) => {
    const known = spared.get(entry.identity);
    return known !== undefined && known.met === known.links && entry.links === known.links;
  };
  if (![...spared.values()].some((known) => known.met === known.links)) return;
  const visit: Visit = (directory, name, entry) => {
    if (entry.mountId !== old.mountId || !isInside(entry)) return;
    using(pin(directory, name), (file) => {
      const pinned = readEntry(file);
      if (isInside(pinned)) changeOne(file, pinned, change);
    });
  };
  walkTree(top, visit);
}

/** chown(2) itself drops the set-id bits and the capabilities of files, so the mode comes after it. */
function changeOne(file: number, entry: Entry, change: OwnerChange): void {
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
