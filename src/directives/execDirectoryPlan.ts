import { dirname, relative } from "node:path";
import type { DirectoryAction, LinkAction, Release } from "../model/action.ts";
import type { Context, Storage } from "../model/directive.ts";
import type { PathEdit, PlannedChange, Warning } from "../model/edit.ts";
import type { PathStatus } from "../model/facts.ts";
import { DIRECTORY_KINDS, type DirectoryKind } from "../values/directoryKinds.ts";
import { type DirectoryItem, type SortedItem, sortDirectories } from "../values/directoryList.ts";
import { isAtOrBelow } from "../values/within.ts";
import { isPrivate, isRemoved, kindOfCaller, modeOf } from "./directoryKind.ts";
import { isDynamic } from "./dynamicUser.ts";
import { canMap, ownerOf, storageOf } from "./execDirectoryOwner.ts";
import { findVolume, planVolume } from "./volumes.ts";

/** Directories on the host, mounts of them, and the variable that lists them. */
export function* planDirectories(
  systems: DirectoryKind,
  items: readonly DirectoryItem[],
  context: Context,
): Iterable<PlannedChange> {
  if (items.length === 0) return;
  const kind = kindOfCaller(systems, context.scope);
  const sorted = sortDirectories(items);
  const variables = { [kind.variable]: sorted.map((item) => `${kind.base}/${item.source}`).join(":") };
  yield { kind: "environment", layer: "directories", variables };

  const { isHost } = context.facts.rootfs;
  const privates = isPrivate(kind, context) ? sorted : [];
  const linksOf = (item: SortedItem) =>
    isHost ? item.links.map((link) => linkOnHost(kind, link, item, privates)) : [];
  if (isHost && privates.length > 0) yield boundary(kind);
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
    if (isRemoved(kind, context)) yield release(directory, linksOf(item), context);
  }
  // A link may lie in a directory that is created later.
  yield* sorted.flatMap(linksOf);
}

/** Hides other services' private directories, also from processes with CAP_DAC_OVERRIDE. */
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
    private: isPrivate(kind, context),
    inside: item.inside,
    mode: modeOf(kind, context),
    ...(owner && { owner }),
    ownership: ownershipOf(kind, item, context),
    ...(context.scope.storage && { stored: context.scope.storage.owner }),
    dropSetId: isDynamic(context),
  };
}

function nameOnDisk(kind: DirectoryKind, { source }: SortedItem, context: Context): string {
  return inStorage(kind, source, storageOf(context));
}

/** The name of a directory below its base in a container's storage. */
export function inStorage({ directive }: DirectoryKind, source: string, storage: Storage): string {
  const { prefix, runtimePrefix, shared } = storage;
  if (isAtOrBelow(source, shared?.[directive] ?? [])) return source;
  return `${directive === DIRECTORY_KINDS.runtime.directive ? runtimePrefix : prefix}${source}`;
}

/** As setup_exec_directory() of systemd, except that a private directory of an older UID is mapped from now on. */
function ownershipOf(kind: DirectoryKind, item: SortedItem, context: Context): DirectoryAction["ownership"] {
  const owner = ownerOf(context);
  const found = lookOnDisk(kind, item, context);
  if (kind.lifetime === "configuration" && found.type !== "missing") return "untouched";
  if (owner === undefined || owner.uid === 0 || owner.gid === 0) return "changed";
  const isStored = isPrivate(kind, context) || isStoredAs(found, storageOf(context).owner);
  return isStored && canMap(pathOnDisk(kind, item, context), context) ? "mapped" : "changed";
}

function pathOnDisk(kind: DirectoryKind, item: SortedItem, context: Context): string {
  return `${kind.base}/${isPrivate(kind, context) ? "private/" : ""}${nameOnDisk(kind, item, context)}`;
}

function isStoredAs({ type, uid, gid }: PathStatus, owner: Storage["owner"]): boolean {
  return type !== "missing" && uid === owner.uid && gid === owner.gid;
}

/** The directory's present path, public or private, as DynamicUser= may have changed since the last start. */
function lookOnDisk(kind: DirectoryKind, item: SortedItem, context: Context): PathStatus {
  const { host } = context.facts;
  const name = nameOnDisk(kind, item, context);
  const below = isPrivate(kind, context) ? host.look(`${kind.base}/private/${name}`) : undefined;
  return below === undefined || below.type === "missing" ? host.look(`${kind.base}/${name}`) : below;
}

function* modeWarnings(directory: DirectoryAction, { facts }: Context): Iterable<Warning> {
  if (directory.ownership !== "untouched") return;
  const path = diskPath(directory);
  const found = facts.host.look(path).mode.toString(8);
  const wanted = directory.mode.toString(8);
  if (found === wanted) return;
  yield { kind: "warning", text: `${path} keeps its mode 0${found}, expected 0${wanted}` };
}

/**
 * On the host's root the private directory is mounted in its place, and the symbolic link beside it leads there, unless
 * another mount covers that. An image has no such link, so the directory is mounted at both paths, and once more for each
 * additional link.
 */
function* mounts(directory: DirectoryAction, item: SortedItem, context: Context): Iterable<PathEdit> {
  const { base } = directory;
  const { isHost } = context.facts.rootfs;
  const plain = [item.source, ...item.links].map((one) => `${base}/${one}`);
  const inImage = directory.private ? [...plain, `${base}/private/${item.source}`] : plain;
  const places = isHost ? [diskPath(directory)] : inImage;
  for (const place of places) yield mount(directory, item, place, context);
  const links = isHost ? plain.filter((place) => place !== diskPath(directory)) : [];
  for (const place of links) yield { ...mount(directory, item, place, context), linked: true };
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
    // an ID mapping applies to one file system, as under systemd
    recursive: !isMapped,
    ...(isHost && { made: true as const }),
    ...(item.readOnly && { readOnly: true }),
    ...(isGuarded && { noSuid: true, noDevices: true }),
    ...(isMapped && { idMap: { disk: storageOf(context).owner, shown: directory.owner! } }),
  };
}

/** A link below another private directory of the service is made below `private/`. */
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

/** A container with a runtime directory prefix loses the directory of that prefix as a whole. */
function release(directory: DirectoryAction, links: readonly LinkAction[], context: Context): Release {
  const { base } = directory;
  const { runtimePrefix } = storageOf(context);
  const isWhole = runtimePrefix !== "" && directory.name.startsWith(runtimePrefix);
  const path = !isWhole ? diskPath(directory) : `${base}/${runtimePrefix.replace(/\/$/, "")}`;
  return { kind: "remove", base, path, links: links.map((link) => `${link.base}/${link.name}`) };
}

function diskPath(directory: DirectoryAction): string {
  const { base, name } = directory;
  return directory.private ? `${base}/private/${name}` : `${base}/${name}`;
}
