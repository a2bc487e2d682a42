/** A change of the host before the container starts; data, performed by host/perform.ts, undone in reverse order. */
export type Action = DirectoryAction | LinkAction | FileAction;

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
  /** Only a parent of another one: no link, no mount. */
  readonly parentOnly: boolean;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  /**
   * What is on disk: `mapped` belongs to nobody and is shown through an ID-mapped mount, `changed` is chowned to
   * `owner` where it differs, `untouched` keeps owner and mode (an existing ConfigurationDirectory=).
   */
  readonly ownership: "mapped" | "changed" | "untouched";
  /** A chown also drops the set-id bits (systemd's mask 01777 for dynamic users). */
  readonly dropSetId: boolean;
}

/** A symbolic link, made with its parents unless it is there already with this target. */
export interface LinkAction {
  readonly kind: "link";
  readonly path: string;
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

/** A change of the host after the last process has gone; recorded with the lease before anything is performed. */
export type Release =
  /** Everything below `path`, and `path`; links at `links` when they point to it. Never leaves the file system. */
  | { readonly kind: "remove"; readonly path: string; readonly links: readonly string[] }
  /** System V and POSIX IPC objects, /dev/shm and message queues of the user and the group. */
  | { readonly kind: "removeIpc"; readonly uid: number; readonly gid: number };
