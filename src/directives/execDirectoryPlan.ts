import { dirname, relative } from "node:path";
import type { DirectoryAction, LinkAction, Release } from "../action.ts";
import type { Change, PathEdit, Warning } from "../edit.ts";
import type { Found } from "../facts.ts";
import type { Context, Storage } from "../plan.ts";
import { type DirectoryItem, type SortedItem, sortDirectories } from "../values/directoryList.ts";
import { DynamicUser } from "./dynamicUser.ts";
import type { DirectoryKind } from "./execDirectories.ts";
import { canMap, ownerOf, storageOf } from "./execDirectoryOwner.ts";
import { findVolume, planVolume } from "./volumes.ts";

/** What one of the five settings asks for: directories on the host, mounts of them, a variable that names them. */
export function* planDirectories(
  kind: DirectoryKind,
  items: readonly DirectoryItem[],
  context: Context,
): Iterable<Change> {
  if (items.length === 0) return;
  const sorted = sortDirectories(items);
  const variables = { [kind.variable]: sorted.map((item) => `${kind.base}/${item.source}`).join(":") };
  yield { kind: "environment", layer: "directories", variables };

  const { isHost } = context.facts.rootfs;
  const isPrivate = kind.isPrivate(context);
  const linksOf = (item: SortedItem) =>
    isHost ? item.links.map((link) => linkOnHost(kind, link, item, isPrivate ? sorted : [])) : [];
  if (isHost && isPrivate) yield boundary(kind);
  for (const item of sorted) {
    const volume = findVolume(`${kind.base}/${item.source}`, context);
    if (volume !== undefined) {
      yield* planVolume(kind, item, volume, context);
      continue;
    }
    const directory = planOnDisk(kind, item, context);
    yield directory;
    yield* modeWarnings(directory, context);
    if (!item.inside || item.readOnly) yield* mounts(directory, item, context);
    if (kind.isRemoved(context)) yield release(directory, linksOf(item), context);
  }
  // They may lie in directories that come later.
  yield* sorted.flatMap(linksOf);
}

/** Other services' private directories are out of sight, even for one that may pass the 0700. */
function boundary({ base }: DirectoryKind): PathEdit {
  const options = ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"];
  return { kind: "path", path: `${base}/private`, access: "emptyDirectory", options, made: true };
}

function planOnDisk(kind: DirectoryKind, item: SortedItem, context: Context): DirectoryAction {
  const owner = ownerOf(context);
  return {
    kind: "directory",
    base: kind.base,
    name: nameOnDisk(kind, item, context),
    private: kind.isPrivate(context),
    inside: item.inside,
    mode: context.service.get(kind.mode) ?? 0o755,
    ...(owner && { owner }),
    ownership: ownershipOf(kind, item, context),
    ...(context.scope.storage && { stored: context.scope.storage.owner }),
    dropSetId: isDynamic(context),
  };
}

function nameOnDisk({ base }: DirectoryKind, { source }: SortedItem, context: Context): string {
  const { prefix, runtimePrefix } = storageOf(context);
  return `${base === "/run" ? runtimePrefix : prefix}${source}`;
}

/** systemd's table (setup_exec_directory), but for private directories of an older UID: those are mapped from now on. */
function ownershipOf(kind: DirectoryKind, item: SortedItem, context: Context): DirectoryAction["ownership"] {
  const owner = ownerOf(context);
  const found = lookOnDisk(kind, item, context);
  if (kind.keepsExisting && found.type !== "missing") return "untouched";
  if (owner === undefined || owner.uid === 0 || owner.gid === 0) return "changed";
  const isStored = kind.isPrivate(context) || isStoredAs(found, storageOf(context).owner);
  const place = found.type === "missing" ? kind.base : found.path;
  return isStored && canMap(place, context) ? "mapped" : "changed";
}

function isStoredAs({ type, uid, gid }: Found, owner: Storage["owner"]): boolean {
  return type !== "missing" && uid === owner.uid && gid === owner.gid;
}

/** Where it is now, which is below the other of the two names when DynamicUser= has changed. */
function lookOnDisk(kind: DirectoryKind, item: SortedItem, context: Context): Found {
  const { host } = context.facts;
  const name = nameOnDisk(kind, item, context);
  const below = kind.isPrivate(context) ? host.look(`${kind.base}/private/${name}`) : undefined;
  return below === undefined || below.type === "missing" ? host.look(`${kind.base}/${name}`) : below;
}

function* modeWarnings(directory: DirectoryAction, { facts }: Context): Iterable<Warning> {
  if (directory.ownership !== "untouched") return;
  const path = diskPath(directory);
  const found = facts.host.look(path).mode.toString(8);
  const wanted = directory.mode.toString(8);
  if (found === wanted) return;
  yield { kind: "warning", text: `${path} keeps its mode 0${found}, although 0${wanted} is asked for` };
}

/**
 * On the host's own root the private directory is mounted where it is, and the link beside it leads there. In an image
 * there is no such link, so the directory is mounted in both places, and once more for each link.
 */
function* mounts(directory: DirectoryAction, item: SortedItem, context: Context): Iterable<PathEdit> {
  const { base, private: isPrivate } = directory;
  const { isHost } = context.facts.rootfs;
  const plain = [item.source, ...item.links].map((one) => `${base}/${one}`);
  const inImage = isPrivate ? [...plain, `${base}/private/${item.source}`] : plain;
  const places = isHost ? [diskPath(directory)] : inImage;
  for (const place of places) yield mount(directory, item, place, context);
}

function mount(directory: DirectoryAction, item: SortedItem, place: string, context: Context): PathEdit {
  const { isHost } = context.facts.rootfs;
  const isMapped = directory.ownership === "mapped";
  const isGuarded = isMapped || !isHost || isDynamic(context);
  return {
    kind: "path",
    path: place,
    access: "bind",
    source: diskPath(directory),
    ...(directory.ownership !== "untouched" && { sourceMade: true as const }),
    // a mapping holds for one file system, as under systemd
    recursive: !isMapped,
    ...(isHost && { made: true as const }),
    ...(item.readOnly && { readOnly: true }),
    ...(isGuarded && { noSuid: true, noDevices: true }),
    ...(isMapped && { noExec: true, idMap: { disk: storageOf(context).owner, shown: directory.owner! } }),
  };
}

/** A link in another one of the service's private directories lies where that one does on disk. */
function linkOnHost(
  kind: DirectoryKind,
  link: string,
  { source }: SortedItem,
  privates: readonly SortedItem[],
): LinkAction {
  const { base } = kind;
  const isInside = privates.some((other) => link.startsWith(`${other.source}/`));
  const target = relative(dirname(`${base}/${link}`), `${base}/${source}`);
  return { kind: "link", base: isInside ? `${base}/private` : base, name: link, target };
}

/** A container that has a directory of its own for them loses it as a whole. */
function release(directory: DirectoryAction, links: readonly LinkAction[], context: Context): Release {
  const { base } = directory;
  const { runtimePrefix } = storageOf(context);
  const path = runtimePrefix === "" ? diskPath(directory) : `${base}/${runtimePrefix.replace(/\/$/, "")}`;
  return { kind: "remove", base, path, links: links.map((link) => `${link.base}/${link.name}`) };
}

function diskPath(directory: DirectoryAction): string {
  const { base, name } = directory;
  return directory.private ? `${base}/private/${name}` : `${base}/${name}`;
}

function isDynamic({ service }: Context): boolean {
  return service.get(DynamicUser) ?? false;
}
