/** One assignment as the user wrote it. */
export interface Setting {
  readonly name: string;
  /** Without blanks at its ends; "" is an empty assignment. */
  readonly value: string;
  /** Where it stands, for messages: `web.service:7`, `-p`. */
  readonly place: string;
  /** What systemd would warn about and ignore is ignored with a warning; otherwise it is an error. */
  readonly lenient: boolean;
}

/** What was read from one source. */
export interface Source {
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
  /** Assignments of the section [Unit]. */
  readonly unit?: readonly Setting[];
}
