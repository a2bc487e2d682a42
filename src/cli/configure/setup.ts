/** A runtime to register with an engine. */
export interface Registration {
  /** Its name in pods, `--runtime` and the like. */
  readonly name: string;
  /** The path of the program, absolute. */
  readonly path: string;
  /** Whether it is the engine's default runtime. */
  readonly isDefault: boolean;
}

/** The configuration of an engine. */
export interface Configured {
  /** The engine's main file, absolute. */
  readonly path: string;
  /** Undefined for a missing file. */
  read(path: string): string | undefined;
  /** Full paths of the files in a directory, sorted. */
  list(directory: string): readonly string[];
  /** The whole configuration as the engine prints it; undefined where the engine is not installed. */
  readonly dump: string | undefined;
  /** 1, 2 …; undefined where the engine is not installed. */
  readonly majorVersion: number | undefined;
}

/** One file before and after; undefined where it is missing. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** How a runtime is registered with an engine, and unregistered. */
export interface Setup {
  readonly defaultPath: string;
  /** Low-level runtimes, the engine's default first. */
  readonly runtimes: readonly ("crun" | "runc")[];
  /** The command that applies the new configuration; undefined where the engine reads it at every call. */
  readonly restart: string | undefined;
  /** @throws UserError for files that another program writes, or that cannot be parsed */
  register(configured: Configured, registration: Registration): readonly FileChange[];
  unregister(configured: Configured, name: string): readonly FileChange[];
  /** The configuration as the engine prints it; undefined where it is not installed. */
  dump(path: string): string | undefined;
  majorVersion(): number | undefined;
  /** Whether the engine sees the change and no other; `before` is its earlier dump. */
  check(path: string, registration: Registration, before: string | undefined): Checked;
  /** IDs of containers that use this runtime. */
  users(registration: Registration, configured: Configured): readonly string[];
}

export type Checked =
  | { readonly kind: "fine" }
  /** The engine is not installed, or cannot validate its configuration. */
  | { readonly kind: "unknown" }
  | { readonly kind: "wrong"; readonly found: string };

export function problemWhen(found: string | undefined): Checked {
  return found === undefined ? { kind: "fine" } : { kind: "wrong", found };
}

/** Marks dynuser's lines in the administrator's files. */
export const GENERATED_COMMENT = "dynuser runtime configure";
