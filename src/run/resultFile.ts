import { openForWriting, writeAll, writeWhole } from "../sys/files/write.ts";
import type { NetworkUsage } from "./host/networkFilters.ts";
import type { Usage } from "./host/usage.ts";
import type { Verdict } from "./outcome.ts";

/** The content of `--result`, documented in docs/json.md. */
export interface RunResult extends Partial<Usage>, NetworkUsage {
  /** Exit code of `dynuser run`. */
  readonly exitCode: number;
  /** $SERVICE_RESULT of systemd.exec(5). */
  readonly result: string;
  /** How it ended, in one word. */
  readonly verdict: Verdict;
  /** Why nothing was started; absent otherwise. */
  readonly message?: string;
  /** `SIGKILL`; absent when the command exited. */
  readonly signal?: string;
  readonly user?: string;
  readonly uid?: number;
  readonly startedAt: string;
  readonly wallSeconds: number;
}

export interface ResultFile {
  /** After a restart the file has the result of the last start alone. */
  write(result: RunResult): void;
}

/**
 * Empties the file, so that an older result is not taken for that of a killed run.
 * @throws the error of open(2)
 */
export function openResult(path: string): ResultFile {
  const write = path === "-" ? writeToOutput : writeToFile(path);
  return { write: (result) => write(`${JSON.stringify(result, undefined, 2)}\n`) };
}

function writeToFile(path: string): (text: string) => void {
  let opened: number | undefined = openForWriting(path);
  return (text) => {
    const descriptor = opened ?? openForWriting(path);
    opened = undefined;
    writeWhole(descriptor, text);
  };
}

/** `-`: after the output of the command. */
function writeToOutput(text: string): void {
  const STDOUT = 1;
  writeAll(STDOUT, Buffer.from(text));
}
