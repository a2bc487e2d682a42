import { PREPARE_STATUS } from "../../sys/kernel/noJit.ts";

/** How a command ended, and the line that its caller reads where it is more than that. */
export interface Answer {
  readonly status: number;
  readonly line?: string;
}

/** What the exit status of `dynuser prepare` means to the script libexec/dynuser. */
export const STATUS = { call: 0, unable: PREPARE_STATUS, untouched: 124, reported: 125 } as const;

/** What stands before the words to call: whether the runtime may have the host's /dev/null as its input. */
export const INPUT = { own: "own-input", pipe: "pipe-for-null" } as const;
