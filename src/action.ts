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
  /** It lies in another one of the service's: no link of its own. */
  readonly inside: boolean;
  readonly mode: number;
  /** Absent: whoever owns it already, root if it is new. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /**
   * What is on disk: `mapped` belongs to `stored` and is shown through an ID-mapped mount, `changed` is chowned to
   * `owner` where it differs, `untouched` keeps owner and mode (an existing ConfigurationDirectory=).
   */
  readonly ownership: "mapped" | "changed" | "untouched";
  /** Whose it is on disk when it is mapped; nobody's if absent. */
  readonly stored?: { readonly uid: number; readonly gid: number };
  /** A chown also drops the set-id bits (systemd's mask 01777 for dynamic users). */
  readonly dropSetId: boolean;
}

/**
 * A volume of the engine that takes the place of a service's directory: it goes to `owner` where it differs. Its mode
 * stays, and so does its group where that is one of `groups`, which an engine gives to what the container may share.
 */
export interface VolumeAction {
  readonly kind: "volume";
  /** Absolute; links on the way are followed only where nobody but root can have put them. */
  readonly path: string;
  /** `mapped`: shown through an ID-mapped mount, so that `owner` is who has it on disk; `changed`: the service's user. */
  readonly ownership: "mapped" | "changed";
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly groups: readonly number[];
}

/** A directory that must not exist yet; its parents do. Undone by removing it with all that is in it. */
export interface NewDirectoryAction {
  readonly kind: "newDirectory";
  readonly path: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** A symbolic link, made with its parents unless it is there already with this target. */
export interface LinkAction {
  readonly kind: "link";
  /** A directory that only root writes. */
  readonly base: string;
  /** Relative to the base; no link is followed in it. */
  readonly name: string;
  readonly target: string;
}

/** A file of our own below /run/dynuser, shown to the container by a mount. */
export interface FileAction {
  readonly kind: "file";
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/**
 * A directory with one file for each credential, which only its owner can enter and read. What is in them is found when
 * it is made, so that a plan holds no secrets but those that the settings have written out.
 */
export interface CredentialsAction {
  readonly kind: "credentials";
  /** Must not exist yet. */
  readonly path: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Of two with one name the first counts. */
  readonly credentials: readonly Credential[];
}

export interface Credential {
  /** The file's name; of a pattern or a directory the beginning of the names. */
  readonly name: string;
  readonly encrypted: boolean;
  readonly from: CredentialSource;
}

export type CredentialSource =
  /** A file or a directory of the host. */
  | { readonly kind: "path"; readonly path: string }
  /** The first of that name in the host's stores. */
  | { readonly kind: "stored" }
  /** Everything in the stores that matches; `name` is what it is called instead, up to the pattern's first wildcard. */
  | { readonly kind: "pattern"; readonly pattern: string; readonly renamed: boolean }
  | { readonly kind: "text"; readonly base64: string };

/** A change of the host after the last process has gone; recorded with the lease before anything is performed. */
export type Release =
  /**
   * Everything below `path`, and `path`, then the symbolic links at `links`. Never leaves the file system and follows no
   * link below `base`, a directory that only root writes (the parent of `path` if absent).
   */
  | { readonly kind: "remove"; readonly base?: string; readonly path: string; readonly links: readonly string[] }
  /** System V and POSIX IPC objects, /dev/shm and message queues of the user and the group. */
  | { readonly kind: "removeIpc"; readonly uid: number; readonly gid: number };
