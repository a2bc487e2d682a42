import type { Option, Options } from "../console/options.ts";

/** A command of the program. Its code is loaded when it is called, so that no start pays for another command. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** As in a synopsis: `UNIT`, `[NAME|PATH…]`; it also states how many there must be. */
  readonly operands: string;
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  /** The operands are a command with options. */
  readonly takesCommand?: true;
  readonly commands?: readonly Command[];
  /** Absent for a command that needs one of its `commands`. */
  load?(): Promise<(options: Options) => number | Promise<number>>;
  /** Reports a wrong command line to others than the terminal. */
  refuse?(options: Options, error: unknown): Promise<void>;
}

export const HELP_OPTION = {
  name: "help",
  short: "h",
  summary: "print this help",
} as const satisfies Option;
