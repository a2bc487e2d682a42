import type { Facts, FileType, MountFlag, PathStatus, Rootfs, Submount, Tree } from "../../../src/model/facts.ts";

/** Paths and what is there: a type, or `-> TARGET` for a link. Parents are directories. */
export type Files = Readonly<Record<string, FileType | `-> ${string}`>>;

/** A tree made of data, for tests that must not depend on the machine. */
export function fakeTree(files: Files, flags: Flags = {}): Tree {
  return {
    look: (path) => {
      const found = look(files, path);
      return found.type === "missing" ? found : { ...found, mountFlags: flagsAt(flags, found.path) };
    },
  };
}

/** Flags of the mounts at some paths; all below has them too. */
export type Flags = Readonly<Record<string, readonly MountFlag[]>>;

function flagsAt(flags: Flags, path: string): readonly MountFlag[] {
  const mount = Object.keys(flags).find((place) => `${path}/`.startsWith(`${place}/`));
  return mount === undefined ? [] : flags[mount]!;
}

export interface FakeFacts {
  readonly host?: Files;
  readonly rootfs?: Files;
  readonly submounts?: readonly (string | Submount)[];
  readonly flags?: Flags;
}

/** The host's own root, copied to /copy; /pristine is the other copy. */
export function factsOfHost({ host = {}, submounts = [], flags = {} }: FakeFacts = {}): Facts {
  const tree = fakeTree(host, flags);
  return factsOf(tree, {
    ...tree,
    path: "/copy",
    isHost: true,
    hostPrefix: "/pristine",
    submounts: submounts.map(toSubmount),
  });
}

/** An image whose files are at /image. */
export function factsOfImage({ host = {}, rootfs = {}, submounts = [] }: FakeFacts = {}): Facts {
  const image = { path: "/image", isHost: false, hostPrefix: "", submounts: submounts.map(toSubmount) };
  return factsOf(fakeTree(host), { ...fakeTree(rootfs), ...image });
}

function toSubmount(submount: string | Submount): Submount {
  return typeof submount === "string" ? { path: submount, readOnly: false } : submount;
}

function factsOf(host: Tree, rootfs: Rootfs): Facts {
  return {
    host: { ...host, read: () => undefined, match: () => [], submounts: rootfs.isHost ? rootfs.submounts : [] },
    rootfs,
    runtime: { path: "/usr/bin/crun", name: "crun", version: "1.8.1", idMappedMounts: true },
    canMapIds: () => true,
    hasUserNamespaces: () => true,
    isNetworkFileSystem: () => false,
    networkObstacle: () => undefined,
    findGroup: () => undefined,
    hardLimit: () => 2n ** 64n - 1n,
    canSetOomScore: () => true,
    knowsSystemCall: () => true,
    memoryBytes: 2n ** 30n,
    cgroups: { unified: true, controllers: ["cpuset", "cpu", "io", "memory", "pids"], has: () => true },
  };
}

function look(files: Files, path: string): PathStatus {
  const walked: string[] = [];
  const left = path.split("/").filter(Boolean).reverse();
  for (let links = 0; left.length > 0; ) {
    walked.push(left.pop()!);
    const target = /^-> (.*)$/.exec(files[`/${walked.join("/")}`] ?? "")?.[1];
    if (target === undefined) continue;
    if (++links > 40) return found("/loop", "missing");
    walked.splice(target.startsWith("/") ? 0 : walked.length - 1);
    left.push(...target.split("/").filter(Boolean).reverse());
  }
  const real = `/${walked.join("/")}`;
  return found(real, (files[real] as FileType | undefined) ?? parentType(files, real));
}

function parentType(files: Files, path: string): FileType {
  const isParent = path === "/" || Object.keys(files).some((other) => other.startsWith(`${path}/`));
  return isParent ? "directory" : "missing";
}

function found(path: string, type: FileType): PathStatus {
  return { path, type, uid: 0, gid: 0, mode: 0o755, fileSystemDevice: { type: "b", major: 8, minor: 0 } };
}
