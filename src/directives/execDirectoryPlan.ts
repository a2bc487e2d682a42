import { dirname, relative } from "node:path";
import type { DirectoryAction, LinkAction, Release } from "../action.ts";
import type { Change, PathEdit, Warning } from "../edit.ts";
import type { Found } from "../facts.ts";
import type { Context } from "../plan.ts";
import { type DirectoryItem, type SortedItem, sortDirectories } from "../values/directoryList.ts";
import { DynamicUser } from "./dynamicUser.ts";
import type { DirectoryKind } from "./execDirectories.ts";

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
    const directory = planOnDisk(kind, item, context);
    yield directory;
    yield* modeWarnings(directory, context);
    if (!item.inside || item.readOnly) yield* mounts(directory, item, context);
    if (kind.isRemoved(context)) yield release(directory, linksOf(item));
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
    name: item.source,
    private: kind.isPrivate(context),
    inside: item.inside,
    mode: context.service.get(kind.mode) ?? 0o755,
    ...(owner && { owner }),
    ownership: ownershipOf(kind, item, context),
    dropSetId: isDynamic(context),
  };
}

/** Without User= the engine's user; root leaves everything to whom it belongs. */
function ownerOf({ identity, spec }: Context): { readonly uid: number; readonly gid: number } | undefined {
  if (identity !== undefined) return { uid: identity.uid, gid: identity.gid };
  const { uid = 0, gid = 0 } = spec.process?.user ?? {};
  return uid === 0 ? undefined : { uid, gid };
}

/** systemd's table (setup_exec_directory), but for private directories of an older UID: those are mapped from now on. */
function ownershipOf(kind: DirectoryKind, item: SortedItem, context: Context): DirectoryAction["ownership"] {
  const owner = ownerOf(context);
  const found = lookOnDisk(kind, item, context);
  if (kind.keepsExisting && found.type !== "missing") return "untouched";
  if (owner === undefined || owner.uid === 0 || owner.gid === 0) return "changed";
  const isStored = kind.isPrivate(context) || isNobodys(found);
  const place = found.type === "missing" ? kind.base : found.path;
  return isStored && canMap(place, context) ? "mapped" : "changed";
}

const NOBODY = { uid: 65534, gid: 65534 };

function isNobodys({ type, uid, gid }: Found): boolean {
  return type !== "missing" && uid === NOBODY.uid && gid === NOBODY.gid;
}

/** Where it is now, which is below the other of the two names when DynamicUser= has changed. */
function lookOnDisk(kind: DirectoryKind, item: SortedItem, context: Context): Found {
  const { host } = context.facts;
  const below = kind.isPrivate(context) ? host.look(`${kind.base}/private/${item.source}`) : undefined;
  return below === undefined || below.type === "missing" ? host.look(`${kind.base}/${item.source}`) : below;
}

function canMap(path: string, { facts }: Context): boolean {
  return facts.runtime.idMappedMounts && facts.canMapIds(path);
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
  const { base, name } = directory;
  const { isHost } = context.facts.rootfs;
  const path = diskPath(directory);
  const plain = [name, ...item.links].map((one) => `${base}/${one}`);
  const places = isHost ? [path] : new Set([...plain, path]);
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
    ...(isMapped && { noExec: true, idMap: { disk: NOBODY, shown: directory.owner! } }),
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

function release(directory: DirectoryAction, links: readonly LinkAction[]): Release {
  const { base } = directory;
  return { kind: "remove", base, path: diskPath(directory), links: links.map((link) => `${link.base}/${link.name}`) };
}

function diskPath(directory: DirectoryAction): string {
  const { base, name } = directory;
  return directory.private ? `${base}/private/${name}` : `${base}/${name}`;
}

function isDynamic({ service }: Context): boolean {
  return service.get(DynamicUser) ?? false;
}
