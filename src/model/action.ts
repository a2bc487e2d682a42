/** A change of the host before the container starts; data, performed by host/perform.ts, undone in reverse order. */
export type Action = DirectoryAction | VolumeAction | NewDirectoryAction | LinkAction | FileAction | CredentialsAction;

/**
 * One directory of a service below /run, /var/lib, /var/cache, /var/log or /etc, made exactly as systemd makes it
 * (src/core/exec-invoke.c, setup_exec_directory).
 */
export interface DirectoryAction {
  readonly kind: "directory";
  /** `/var/lib` … */
  readonly base: string;
  /** Relative to the base, simplified: `web`, `web/cache`. */
  readonly name: string;
  /** Below `BASE/private/` with a symbolic link at the plain path. */
  readonly private: boolean;
  /** It lies in another directory of the service and therefore gets no link. */
  readonly inside: boolean;
  readonly mode: number;
  /** Absent: the present owner, root if it is new. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /**
   * On disk: `mapped` is owned by `stored` and shown through an ID-mapped mount, `changed` is chowned to `owner` where
   * it differs, `untouched` keeps owner and mode (an existing ConfigurationDirectory=).
   */
  readonly ownership: "mapped" | "changed" | "untouched";
  /** The owner on disk when it is mapped; the user `nobody` if absent. */
  readonly stored?: { readonly uid: number; readonly gid: number };
  /** A chown also drops the set-id bits (systemd's mask 01777 for dynamic users). */
  readonly dropSetId: boolean;
  readonly label?: FileLabel;
}

/** The SELinux label of the container's files; absent where the engine gives it none. */
type FileLabel = string;

/**
 * A volume of the engine that replaces a service's directory: it is chowned to `owner` where it differs. Its mode is
 * kept, and so is its group if it is one of `groups` (the fsGroup of a pod).
 */
export interface VolumeAction {
  readonly kind: "volume";
  /** Absolute; links on the way are followed only in directories that only root can write. */
  readonly path: string;
  /** `mapped`: shown through an ID-mapped mount, `owner` is the owner on disk; `changed`: `owner` is the service's user. */
  readonly ownership: "mapped" | "changed";
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly groups: readonly number[];
}

/** A directory that must not exist yet, in an existing parent. Undone by removing it and its contents. */
export interface NewDirectoryAction {
  readonly kind: "newDirectory";
  readonly path: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly label?: FileLabel;
}

/** A symbolic link, created with its parents unless it exists with this target. */
export interface LinkAction {
  readonly kind: "link";
  /** A directory that only root writes. */
  readonly base: string;
  /** Relative to the base; no link is followed in it. */
  readonly name: string;
  readonly target: string;
}

/** A file below /run/dynuser that is mounted into the container. */
export interface FileAction {
  readonly kind: "file";
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly label?: FileLabel;
}

/**
 * A directory with one file for each credential, which only its owner can enter and read. Credentials are read when it
 * is created, so a plan holds no secrets except literal ones (SetCredential=).
 */
export interface CredentialsAction {
  readonly kind: "credentials";
  /** Must not exist yet. */
  readonly path: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The first of several with one name is used. */
  readonly credentials: readonly Credential[];
  readonly label?: FileLabel;
}

export interface Credential {
  /** The file's name; for a pattern or a directory, the prefix of the names. */
  readonly name: string;
  readonly encrypted: boolean;
  readonly from: CredentialSource;
}

export type CredentialSource =
  /** A file or a directory of the host. */
  | { readonly kind: "path"; readonly path: string }
  /** The first file of that name in the host's credential stores. */
  | { readonly kind: "stored" }
  /** Everything in the stores that matches; if `renamed`, `name` replaces the pattern up to its first wildcard. */
  | { readonly kind: "pattern"; readonly pattern: string; readonly renamed: boolean }
  | { readonly kind: "text"; readonly base64: string };

/** A change of the host after the last process has exited; recorded with the lease before any action. */
export type Release =
  /**
   * Removes `path` with its contents, then the symbolic links at `links`. Stays in one file system and follows no link
   * below `base`, a directory that only root can write (the parent of `path` if absent).
   */
  | { readonly kind: "remove"; readonly base?: string; readonly path: string; readonly links: readonly string[] }
  /** System V and POSIX IPC objects, /dev/shm and message queues of the user and the group. */
  | { readonly kind: "removeIpc"; readonly uid: number; readonly gid: number };
