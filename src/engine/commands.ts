import type { Client, StandardStream } from "../sys/process/client.ts";
import type { Answer } from "./runtime/answer.ts";

/** A command for engines and runtimes, not for people; it parses its arguments itself. */
export interface InternalCommand {
  readonly name: string;
  /** The standard streams that it reads or writes, which a standby process takes from its client. */
  readonly streams: readonly StandardStream[];
  load(): Promise<(args: readonly string[], client: Client) => number | Answer | Promise<number | Answer>>;
}

export const INTERNAL_COMMANDS: readonly InternalCommand[] = [
  {
    name: "attributes",
    streams: [0, 2],
    load: async () => (await import("./hooks/createRuntime.ts")).setContainerAttributes,
  },
  { name: "prepare", streams: [2], load: async () => (await import("./runtime/prepare.ts")).prepareRuntimeCall },
  { name: "hook", streams: [0, 1, 2], load: async () => (await import("./hooks/precreate.ts")).callHook },
  { name: "release", streams: [2], load: async () => (await import("./release.ts")).callRelease },
];

export function toAnswer(result: number | Answer): Answer {
  return typeof result === "number" ? { status: result } : result;
}
