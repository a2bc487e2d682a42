import type { Client } from "../sys/process/client.ts";
import type { Answer } from "./runtime/answer.ts";

/** A command for engines and runtimes, not for people; it parses its arguments itself. */
export interface InternalCommand {
  readonly name: string;
  load(): Promise<(args: readonly string[], client: Client) => number | Answer | Promise<number | Answer>>;
}

export const INTERNAL_COMMANDS: readonly InternalCommand[] = [
  { name: "attributes", load: async () => (await import("./hooks/createRuntime.ts")).setContainerAttributes },
  { name: "prepare", load: async () => (await import("./runtime/prepare.ts")).prepareRuntimeCall },
  { name: "hook", load: async () => (await import("./hooks/precreate.ts")).callHook },
  { name: "release", load: async () => (await import("./release.ts")).callRelease },
];

export function toAnswer(result: number | Answer): Answer {
  return typeof result === "number" ? { status: result } : result;
}
