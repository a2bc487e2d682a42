import { attributesOf } from "../attribute.ts";
import { UserError } from "../errors.ts";
import type { RuntimeFacts } from "../facts.ts";
import { formatJson } from "../oci/json.ts";
import type { Spec } from "../oci/spec.ts";
import { listenAt, receiveDescriptor } from "../sys/consoleSocket.ts";
import { readText, removeFile, replaceFile, tryReadText } from "../sys/files.ts";
import { runProgram, type Streams } from "../sys/process.ts";
import { lendingStreams, OURS } from "../sys/streams.ts";
import { setAttributes } from "./attributes.ts";
import { WORLD } from "./world.ts";

/** A container that was created and waits to be started. */
export interface Created {
  readonly id: string;
  /** Its init on the host; left to us as subreaper. */
  readonly init: number;
  /** The master side of its terminal, if it has one of its own. */
  readonly master?: number;
}

/** Absolute paths only; a runtime needs PATH for nothing of ours. */
const RUNTIME_ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * @param options of the runtime's `create` besides
 * @throws RuntimeFailure when the runtime refuses; it has printed its reason on standard error
 */
export function createContainer(
  spec: Spec,
  id: string,
  runtime: RuntimeFacts,
  streams: Streams,
  options: readonly string[],
): Created {
  replaceFile(`${WORLD.bundle}/config.json`, formatJson(spec), 0o600);
  const pidFile = `${WORLD.bundle}/pid`;
  const args = ["create", "--bundle", WORLD.bundle, "--pid-file", pidFile, ...options];
  const master = spec.process?.terminal ? createWithTerminal(runtime, args, id) : call(runtime, [...args, id], streams);
  const init = Number(readText(pidFile));
  setAttributes(init, attributesOf(spec.annotations));
  return { id, init, ...(master === undefined ? {} : { master }) };
}

/** The runtime makes the terminal and sends its master side before it returns. */
function createWithTerminal(runtime: RuntimeFacts, args: readonly string[], id: string): number {
  const path = `${WORLD.bundle}/console`;
  removeFile(path);
  const socket = listenAt(path);
  call(runtime, [...args, "--console-socket", path, id]);
  return receiveDescriptor(socket);
}

/** Lets the created container's init run its command. */
export function startContainer({ id }: Created, runtime: RuntimeFacts): void {
  call(runtime, ["start", id]);
}

function call(runtime: RuntimeFacts, args: readonly string[], streams: Streams = OURS): void {
  const log = `${WORLD.bundle}/log`;
  const globals = ["--root", WORLD.state, "--log", log, "--log-format", "json"];
  const end = lendingStreams(streams, `${WORLD.bundle}/null`, (lent) =>
    runProgram(runtime.path, [...globals, ...args], RUNTIME_ENVIRONMENT, lent),
  );
  if ("code" in end && end.code === 0) return;
  throw new RuntimeFailure(runtime.name, lastError(tryReadText(log) ?? ""));
}

/** The low-level runtime could not do it; `text` is its own message, which it has also printed. */
export class RuntimeFailure extends UserError {
  readonly text: string;

  constructor(runtime: string, text: string) {
    super(`${runtime} could not start the container: ${text}`);
    this.text = text;
  }
}

function lastError(log: string): string {
  const entries = log
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { level?: string; msg?: string });
  return entries.findLast(({ level }) => level === "error")?.msg ?? "it gave no reason";
}
