/** What an engine is to know. */
export interface Registration {
  /** What pods, `--runtime` and the like call it. */
  readonly name: string;
  /** The program, absolute. */
  readonly path: string;
  /** It is what runs where nothing is said. */
  readonly isDefault: boolean;
}

/** Where an engine keeps its configuration, and what is there. */
export interface Configured {
  /** The engine's main file, absolute. */
  readonly path: string;
  /** Undefined where there is no such file. */
  read(path: string): string | undefined;
  /** Files in a directory, their full paths in the order of their names. */
  list(directory: string): readonly string[];
  /** The engine's own view of its whole configuration, undefined where the engine is not installed. */
  readonly dump: string | undefined;
  /** 1, 2 …; undefined where the engine is not installed. */
  readonly majorVersion: number | undefined;
}

/** One file, before and after; undefined where there is none. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** How one engine learns of a runtime, and forgets it. */
export interface Setup {
  readonly defaultPath: string;
  /** The command by which it takes the new configuration up; undefined where it reads it at every call. */
  readonly restart: string | undefined;
  /** @throws UserError where the files are somebody else's, or are not understood */
  register(configured: Configured, registration: Registration): readonly FileChange[];
  unregister(configured: Configured, name: string): readonly FileChange[];
  /** The engine's own view of its configuration; undefined where it is not installed. */
  dump(path: string): string | undefined;
  majorVersion(): number | undefined;
  /** Whether the engine itself sees the change, and nothing else that is new; `before` is its view of before. */
  check(path: string, registration: Registration, before: string | undefined): Checked;
  /** IDs of containers that the engine needs this runtime for. */
  users(registration: Registration, configured: Configured): readonly string[];
}

export type Checked =
  | { readonly kind: "fine" }
  /** The engine is not here, or cannot tell. */
  | { readonly kind: "unknown" }
  | { readonly kind: "wrong"; readonly found: string };

export function wrongIf(found: string | undefined): Checked {
  return found === undefined ? { kind: "fine" } : { kind: "wrong", found };
}

/** Begins and ends what is ours in a file of the administrator's, and marks what we changed there. */
export const MARK = "dynuser runtime configure";
