import type { Host } from "../../../src/cli/doctor/host.ts";

export interface FakeHost {
  /** Files by path, with their text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Modes of paths that are not 0755; they need not be among the files. */
  readonly modes?: Readonly<Record<string, number>>;
  /** What programs print, by their words. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly mounts?: Readonly<Record<string, string>>;
  /** Options of mounts by path. */
  readonly mountOptions?: Readonly<Record<string, readonly string[]>>;
  /** Owners of paths that are not root. */
  readonly owners?: Readonly<Record<string, number>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly space?: Readonly<Record<string, { readonly bytes: number; readonly files: number }>>;
  readonly uid?: number;
  readonly canMapIds?: boolean;
  readonly canMakeUserNamespace?: boolean;
  readonly alive?: readonly string[];
}

/** A host made of data. Mounts are path → file system. */
export function fakeHost(fake: FakeHost = {}): Host {
  const { files = {}, modes = {}, answers = {}, mounts = { "/": "ext4" }, uid = 0, alive = [] } = fake;
  const paths = [...Object.keys(files), ...Object.keys(modes)];
  const isParent = (path: string) => paths.some((other) => other.startsWith(`${path}/`));
  return {
    uid,
    mounts: Object.entries(mounts).map(([path, fileSystem]) => ({
      path,
      fileSystem,
      options: fake.mountOptions?.[path] ?? [],
      flags: [0n, []],
    })),
    read: (path) => files[path],
    list: (path) => [
      ...new Set(
        paths
          .filter((other) => other.startsWith(`${path}/`))
          .map((other) => other.slice(path.length + 1).split("/")[0]!),
      ),
    ],
    status: (path) => {
      if (!paths.includes(path) && !isParent(path)) return undefined;
      const isDirectory = isParent(path) || (path in modes && !(path in files));
      return {
        uid: fake.owners?.[path] ?? 0,
        gid: 0,
        mode: modes[path] ?? 0o755,
        isDirectory: () => isDirectory,
        isFile: () => !isDirectory,
      };
    },
    link: (path) => fake.links?.[path],
    space: (path) => fake.space?.[path],
    ask: (...words) => answers[words.join(" ")],
    canMapIds: () => (uid === 0 ? (fake.canMapIds ?? true) : undefined),
    canMakeUserNamespace: () => fake.canMakeUserNamespace ?? true,
    isAlive: ({ id }) => alive.includes(id),
  };
}
