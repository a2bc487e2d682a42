import { basename, dirname, join } from "node:path";
import type { DirectoryAction } from "../../model/action.ts";
import { HOST_STORAGE } from "../../model/plan.ts";
import { Mismatch } from "../../sys/failure.ts";
import { changeOwnerTree } from "../../sys/files/changeOwner.ts";
import {
  makeDirectory,
  makeLink,
  openBelow,
  relativeTarget,
  setMode,
  setOwner,
  using,
  usingTrusted,
} from "../../sys/files/directory.ts";
import { type FileStatus, readStatusAt } from "../../sys/files/status.ts";
import { symlinkat, unlinkat } from "../../sys/kernel/fileCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { findBelow, findLink, move } from "./pathsBelow.ts";
import { makeBase, makeParents, type Undo, undoDirectory, undoLink } from "./undo.ts";

/** Refuses what the other steps could not handle; changes nothing. */
export function checkDirectory(action: DirectoryAction): void {
  if (action.private) checkBoundary(action.base);
  if (action.inside || action.ownership === "untouched") return;
  const plain = findBelow(action.base, action.name);
  const isLinked = isOwnLink(action);
  const stored = action.private || isLinked ? findBelow(action.base, storedName(action)) : undefined;
  refuseUnless(stored === undefined || stored.type === "directory", `${action.base}/${storedName(action)}`, stored);
  if (plain === undefined || isLinked) return;
  const isTaken = action.private && stored !== undefined;
  refuseUnless(plain.type === "directory" && !isTaken, `${action.base}/${action.name}`, plain);
}

/** systemd does not change it either: another program may rely on it. */
function checkBoundary(base: string): void {
  const entry = findBelow(base, "private");
  if (entry === undefined) return;
  const isClosed = entry.type === "directory" && entry.uid === 0 && entry.gid === 0 && (entry.mode & 0o077) === 0;
  if (isClosed) return;
  const found = `${base}/private with mode 0${entry.mode.toString(8)} and owner ${entry.uid}:${entry.gid} (a ${entry.type})`;
  throw new Mismatch(found, "a directory with mode 0700 and owner 0:0");
}

function refuseUnless(isFine: boolean, path: string, found: FileStatus | undefined): void {
  if (isFine) return;
  const expected = found?.type === "directory" ? "nothing, as the service has its directory elsewhere" : "a directory";
  throw new Mismatch(`a ${found?.type} at ${path}`, expected);
}

/** Makes it, or moves it from the other of its two places, where DynamicUser= has changed. */
export function makeServiceDirectory(action: DirectoryAction, undos: Undo[]): void {
  if (action.ownership === "untouched") return;
  makeBase(action.base, undos);
  if (action.private) makeStored(action, undos);
  else makePlain(action, undos);
}

function makeStored(action: DirectoryAction, undos: Undo[]): void {
  const { base, name, inside } = action;
  makeBoundary(base, undos);
  if (!inside && findBelow(base, name)?.type === "directory") moveUnlessThere(action, undos);
  makeOne(action, storedName(action), undos);
  if (inside) return;
  using(makeParents(base, name, undos), (parent) => {
    const target = relativeTarget(`${base}/${name}`, `${base}/${storedName(action)}`);
    if (makeLink(parent, basename(name), target)) undos.push(undoLink(base, name));
  });
}

export function makeBoundary(base: string, undos: Undo[]): void {
  const isNew = usingTrusted(base, (top) => makeDirectory(top, "private", 0o700));
  if (isNew) undos.push(undoDirectory(base, "private"));
}

/** Another start of the same service at the same time may be faster. */
function moveUnlessThere(action: DirectoryAction, undos: Undo[]): void {
  const { base, name } = action;
  const isThere = () => findBelow(base, storedName(action)) !== undefined;
  if (isThere()) return;
  using(makeParents(base, storedName(action), undos), () => {
    try {
      move(base, name, storedName(action), undos);
    } catch (error) {
      if (!hasCode(error, "ENOENT", "EEXIST", "EISDIR", "ENOTDIR", "ENOTEMPTY") || !isThere()) throw error;
    }
  });
}

function makePlain(action: DirectoryAction, undos: Undo[]): void {
  const { base, name } = action;
  if (isOwnLink(action)) {
    const target = findLink(base, name)!;
    using(makeParents(base, name, undos), (parent) => unlinkat(parent, basename(name)));
    undos.push({ what: `restore ${base}/${name}`, run: () => restoreLink(base, name, target) });
    if (findBelow(base, storedName(action)) !== undefined) move(base, storedName(action), name, undos);
  }
  makeOne(action, name, undos);
}

function restoreLink(base: string, name: string, target: string): void {
  using(makeParents(base, name, []), (parent) => symlinkat(target, parent, basename(name)));
}

function makeOne(action: DirectoryAction, path: string, undos: Undo[]): void {
  using(makeParents(action.base, path, undos), (parent) => {
    const isNew = makeDirectory(parent, basename(path), action.mode & maskOf(action));
    if (!isNew) return;
    undos.push(undoDirectory(action.base, path));
    // now, as parents of what lies in it are made later and stay root's
    const owner = ownerOnDisk(action);
    if (owner !== undefined) using(openBelow(parent, basename(path)), (made) => setOwner(made, owner.uid, owner.gid));
  });
}

export function setDirectoryMode(action: DirectoryAction, undos: Undo[]): void {
  if (action.ownership === "untouched") return;
  const wanted = action.mode & maskOf(action);
  const before = withTarget(action, (target) => readStatusAt(target).mode);
  if (before === wanted) return;
  withTarget(action, (target) => setMode(target, wanted));
  const what = `restore the mode of ${action.base}/${targetName(action)}`;
  undos.push({ what, run: () => withTarget(action, (target) => setMode(target, before)) });
}

/** The only step without a way back. */
export function changeDirectoryOwner(action: DirectoryAction): void {
  const owner = ownerOnDisk(action);
  if (owner === undefined) return;
  withTarget(action, (target) => changeOwnerTree(target, { ...owner, mask: maskOf(action) }));
}

/** Undefined where the owner stays. */
function ownerOnDisk({ ownership, owner, stored = HOST_STORAGE.owner }: DirectoryAction): DirectoryAction["owner"] {
  switch (ownership) {
    case "mapped":
      return stored;
    case "changed":
      return owner;
    case "untouched":
      return undefined;
  }
}

function maskOf(action: DirectoryAction): number {
  return action.dropSetId ? 0o1777 : 0o7777;
}

function withTarget<T>(action: DirectoryAction, use: (target: number) => T): T {
  return usingTrusted(action.base, (base) => using(openBelow(base, targetName(action)), use));
}

/** Relative to the base. */
export function targetName(action: DirectoryAction): string {
  return action.private ? storedName(action) : action.name;
}

function storedName(action: DirectoryAction): string {
  return `private/${action.name}`;
}

/** The link that a private directory has beside it, dynuser's or systemd's. */
function isOwnLink(action: DirectoryAction): boolean {
  const path = `${action.base}/${action.name}`;
  const target = findLink(action.base, action.name);
  return (
    target !== undefined &&
    join("/", target.startsWith("/") ? "" : dirname(path), target) === `${action.base}/${storedName(action)}`
  );
}
