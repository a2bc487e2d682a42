import { dirname } from "node:path";
import { isHolderId } from "../identity/holder.ts";
import type { LineHolder } from "../sys/process/client.ts";
import { RUNTIME_DIRECTORIES } from "./runtime/runtime.ts";

/** What libexec/dynuser asks of a standby process. */
export interface StandbyRequest {
  readonly client: LineHolder;
  /** How many words at the end of the client's command line are the call's. */
  readonly count: number;
  readonly command: string;
  readonly words: readonly string[];
}

/** The words of each command that a request may have. */
const COMMANDS: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  prepare: ([option, runtime = "", separator, ...rest]) =>
    option === "--runtime" && isRuntime(runtime) && separator === "--" && rest.length === 0,
  release: ([key = "", ...rest]) => isHolderId(key) && rest.length === 0,
  hook: (words) => ["precreate", "poststop"].includes(words.join(" ")),
  attributes: (words) => words.length === 0,
};

function isRuntime(path: string): boolean {
  return RUNTIME_DIRECTORIES.includes(dirname(path)) && /\/(?:crun|runc)$/.test(path);
}

/** `HOLDER PID PARENT COUNT COMMAND WORDS…`; undefined for anything else. */
export function parseStandbyRequest(text: string): StandbyRequest | undefined {
  const numbers = /^(\d{1,10}) (\d{1,10}) (\d{1,10}) (\d{1,6}) (.+)$/.exec(text);
  if (numbers === null) return undefined;
  const [holder, pid, parent, count] = numbers.slice(1, 5).map(Number) as [number, number, number, number];
  const [command = "", ...words] = numbers[5]!.split(" ");
  if (!Object.hasOwn(COMMANDS, command) || !COMMANDS[command]!(words)) return undefined;
  return { client: { holder, pid, parent }, count, command, words };
}
