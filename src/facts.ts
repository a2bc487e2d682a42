import type { Seccomp } from "./oci/spec.ts";

/** What the plan may know of the host and of the container's files; looked up lazily, never changed. */
export interface Facts {
  /** The host's files, as root sees them. */
  readonly host: HostTree;
  readonly rootfs: Rootfs;
  readonly runtime: RuntimeFacts;
  /** Whether files at this path of the host can be shown with other owners (by trying, mount_setattr(2)). */
  canMapIds(path: string): boolean;
  /** Whether the files at this path may be those of other machines too (NFS and its like). */
  isShared(path: string): boolean;
  findGroup(name: string): { readonly gid: number } | undefined;
  /** The highest limits this process may grant; units as in setrlimit(2). */
  hardLimit(type: string): bigint;
  /** Whether this host's libseccomp has a number for a system call; true when it cannot be asked. */
  knowsSystemCall(name: string): boolean;
  /** BPF instructions that this host's libseccomp makes of a profile; undefined when it cannot be asked. */
  countCompiled?(seccomp: Seccomp): number | undefined;
  /** Architectures, as libseccomp calls them, whose system calls this kernel certainly does not have. */
  missingArchitectures?(): readonly string[];
  /** The program that the runtime's own libseccomp makes of a profile, in base64; undefined when it cannot be had. */
  compileFilter?(seccomp: Seccomp): string | undefined;
  /** Our directory with the nodes `dir` and `reg`, which nobody may open; absent for the host's own below /run/dynuser. */
  readonly inaccessible?: string;
  /** Total memory in bytes, for percentages. */
  readonly memoryBytes: bigint;
  readonly cgroups: CgroupFacts;
  /** What `compute` gives for this input, from an earlier start where one has computed it; both are data. */
  remember?<T>(input: readonly unknown[], compute: () => T): T;
}

export interface Tree {
  /** What is at `path`, links followed but never out of the tree. */
  look(path: string): Found;
}

export interface HostTree extends Tree {
  /**
   * The text of a file as root reads it, links followed; undefined when there is none.
   * @throws UserError when it is longer than `limitBytes` or no text
   */
  read(path: string, limitBytes: number): string | undefined;
  /** What matches a pattern of glob(7), sorted; a path without wildcards matches itself when it is there. */
  match(pattern: string): readonly string[];
}

export type FileType = "directory" | "file" | "link" | "device" | "fifo" | "socket" | "missing";

export interface Found {
  /** The path without links, as far as it exists. */
  readonly path: string;
  readonly type: FileType;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits and set-id bits. */
  readonly mode: number;
  /** Of a device node. */
  readonly device?: DeviceNumber;
  /** What the file system that it lies in is on; major 0 where that is no device. */
  readonly fileSystemDevice?: DeviceNumber;
  /** Of the mount it lies in; absent where nothing is. */
  readonly mountFlags?: readonly MountFlag[];
}

export interface DeviceNumber {
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
}

/** Where runtimes make cgroups. */
export interface CgroupFacts {
  /** Version 2 alone; otherwise one hierarchy of version 1 for each controller. */
  readonly unified: boolean;
  /** Controllers that can be used: `cpu`, `memory`, `pids` … */
  readonly controllers: readonly string[];
  /** Whether the root of the controller's hierarchy has this file: `blkio.weight` … */
  has(controller: string, file: string): boolean;
}

export type MountFlag = "ro" | "nosuid" | "nodev" | "noexec";

export interface Rootfs extends Tree {
  /** Where it is on the host, absolute. */
  readonly path: string;
  /** It is the host's own root: plain host paths exist inside, links below /var/lib included. */
  readonly isHost: boolean;
  /** Prefix of host paths that stand for the host's tree when used as the source of a mount; "" for `/`. */
  readonly hostPrefix: string;
  /** Mount points below it that come with it, parents first. */
  readonly submounts: readonly Submount[];
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
  /** The libseccomp that a crun compiles filters with; absent where that cannot be told. */
  readonly libseccomp?: Library | undefined;
}

export interface Library {
  /** Absolute. */
  readonly path: string;
  /** Another text when the file at `path` is another one. */
  readonly edition: string;
}

/** Who the service's processes are. */
export interface Identity {
  readonly name: string;
  readonly groupName: string;
  readonly uid: number;
  readonly gid: number;
  /** The UID is held by a lease and goes with its last holder; otherwise the user is a static one of the host. */
  readonly leased: boolean;
  /** The same of the GID, which need not be the user's own. */
  readonly groupLeased: boolean;
  /** Groups that list the user as a member, and its own. */
  readonly groups: readonly number[];
  /** Of a static user. */
  readonly home?: string;
  readonly shell?: string;
}
