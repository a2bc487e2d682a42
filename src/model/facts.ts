import type { Seccomp } from "../oci/spec.ts";

/** The facts of the host and the container's files that a plan may depend on; looked up lazily, never changed. */
export interface Facts {
  /** The host's files, as root sees them. */
  readonly host: HostTree;
  readonly rootfs: Rootfs;
  readonly runtime: RuntimeFacts;
  /** Whether the kernel lets a new user namespace be made. */
  hasUserNamespaces(): boolean;
  /** Whether files at this path of the host can be shown with other owners (by trying, mount_setattr(2)). */
  canMapIds(path: string): boolean;
  /** Whether this path is on a network file system, which other machines may share. */
  isNetworkFileSystem(path: string): boolean;
  findGroup(name: string): { readonly gid: number } | undefined;
  /** The highest limits this process may grant; units as in setrlimit(2). */
  hardLimit(type: string): bigint;
  /** Whether this process may give a container this value of /proc/PID/oom_score_adj. */
  canSetOomScore(score: number): boolean;
  /** Whether this host's libseccomp has a number for a system call; true without libseccomp. */
  knowsSystemCall(name: string): boolean;
  /** The number of BPF instructions of a profile as this host's libseccomp compiles it; undefined without libseccomp. */
  countCompiled?(seccomp: Seccomp): number | undefined;
  /** libseccomp's names of the architectures whose system calls this kernel does not support. */
  missingArchitectures?(): readonly string[];
  /** The BPF program of a profile in base64, compiled by the runtime's libseccomp; undefined without it. */
  compileFilter?(seccomp: Seccomp): string | undefined;
  /** A /dev with pseudo devices that is made before the mounts; absent: the runtime makes it in an empty file system. */
  readonly privateDevices?: string;
  /** The directory with the inaccessible nodes `dir` and `reg`; absent: the host's below /run/dynuser. */
  readonly inaccessible?: string;
  /** Total memory in bytes, for percentages. */
  readonly memoryBytes: bigint;
  readonly cgroups: CgroupFacts;
  /** What keeps BPF programs from being attached to cgroups here, as in `found …`; undefined if nothing does. */
  networkObstacle(): string | undefined;
  /** The result of `compute` for this input, cached across starts; both are data. */
  memoize?<T>(input: readonly unknown[], compute: () => T): T;
}

export interface Tree {
  /** The status of `path`; links are followed within the tree. */
  look(path: string): PathStatus;
}

export interface HostTree extends Tree {
  /**
   * The text of a file as root reads it, links followed; undefined if it does not exist.
   * @throws UserError when it is longer than `limitBytes` or not text
   */
  read(path: string, limitBytes: number): string | undefined;
  /** The paths that match a pattern of glob(7), sorted; a path without wildcards matches itself if it exists. */
  match(pattern: string): readonly string[];
  /** Mount points below `/`, parents first. */
  readonly submounts: readonly Submount[];
}

export type FileType = "directory" | "file" | "link" | "device" | "fifo" | "socket" | "missing";

export interface PathStatus {
  /** The path without links, as far as it exists. */
  readonly path: string;
  readonly type: FileType;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits and set-id bits. */
  readonly mode: number;
  /** Of a device node. */
  readonly device?: DeviceNumber;
  /** The device of its file system; major 0 if that is not a block device. */
  readonly fileSystemDevice?: DeviceNumber;
  /** The flags of its mount; absent for a missing path. */
  readonly mountFlags?: readonly MountFlag[];
}

export interface DeviceNumber {
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
}

/** The cgroup hierarchy in which runtimes create cgroups. */
export interface CgroupFacts {
  /** cgroup v2 only; otherwise one v1 hierarchy for each controller. */
  readonly unified: boolean;
  /** Available controllers: `cpu`, `memory`, `pids` … */
  readonly controllers: readonly string[];
  /** Whether the root of the controller's hierarchy has this file: `blkio.weight` … */
  has(controller: string, file: string): boolean;
}

export type MountFlag = "ro" | "nosuid" | "nodev" | "noexec";

export interface Rootfs extends Tree {
  /** Absolute path on the host. */
  readonly path: string;
  /** It is the host's root, so host paths and links below /var/lib exist inside. */
  readonly isHost: boolean;
  /** Prefix of host paths as sources of mounts; "" for `/`. */
  readonly hostPrefix: string;
  /** Mount points in it, parents first. */
  readonly submounts: readonly Submount[];
  /** dynuser itself restricts its mounts before the runtime gets the tree, so that the config names none of them. */
  readonly restrictsMounts?: true;
}

export interface Submount {
  /** In the container. */
  readonly path: string;
  readonly readOnly: boolean;
}

export interface RuntimeFacts {
  /** Absolute. */
  readonly path: string;
  readonly name: "crun" | "runc" | "other";
  readonly version: string;
  /** `mounts[].uidMappings` are honoured without a user namespace. */
  readonly idMappedMounts: boolean;
  /** The libseccomp that crun compiles filters with; absent if unknown. */
  readonly libseccomp?: Library | undefined;
}

export interface Library {
  /** Absolute. */
  readonly path: string;
  /** Changes when the file at `path` is replaced. */
  readonly edition: string;
}

/** The user and groups of the service's processes. */
export interface Identity {
  readonly name: string;
  readonly groupName: string;
  readonly uid: number;
  readonly gid: number;
  /** The UID is held by a lease and released with its last holder; otherwise it is a static user of the host. */
  readonly leased: boolean;
  /** The same for the GID, which may differ from the UID. */
  readonly groupLeased: boolean;
  /** The primary group and the groups that list the user as a member. */
  readonly groups: readonly number[];
  /** The home of a static user. */
  readonly home?: string;
  readonly shell?: string;
}
