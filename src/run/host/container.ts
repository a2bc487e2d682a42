import { UserError } from "../../errors.ts";
import { setAttributes } from "../../host/attributes.ts";
import { attributesOf } from "../../model/attribute.ts";
import type { RuntimeFacts } from "../../model/facts.ts";
import { formatJson } from "../../oci/json.ts";
import type { Spec } from "../../oci/spec.ts";
import { usingTrusted } from "../../sys/files/directory.ts";
import { readRecord, removeFile, tryReadText } from "../../sys/files/files.ts";
import { removeTree } from "../../sys/files/removeTree.ts";
import { statusOf } from "../../sys/files/status.ts";
import { replaceFile } from "../../sys/files/write.ts";
import { listenAt, receiveDescriptor } from "../../sys/process/consoleSocket.ts";
import { runProgram, type Streams } from "../../sys/process/process.ts";
import { STDIO, withSafeStreams } from "../../sys/process/streams.ts";
import { withCgroupParents } from "./cgroupMounts.ts";
import { makeMountPoints, repairMountPoints } from "./mountPoints.ts";
import { keepRootFlags, PRIVATE_MOUNTS } from "./privateMounts.ts";
import { lastError } from "./runtimeLog.ts";

/** A container that was created and waits to be started. */
export interface Created {
  readonly id: string;
  /** PID of its init on the host; dynuser is its subreaper. */
  readonly init: number;
  /** Master side of its terminal, if it has one. */
  readonly master?: number;
}

/** How the runtime is called for all commands of a run. */
export interface RuntimeCall {
  readonly runtime: RuntimeFacts;
  /** Where it makes cgroups, see CgroupPlace. */
  readonly cgroupParents: ReadonlyMap<string, string>;
  /** Reports what the command is started without; that is refused if absent. */
  readonly goOnWithout: ((warning: string) => void) | undefined;
}

/** The runtime gets no variable of the caller. */
const RUNTIME_ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/** Descriptors of the command: its streams, and what it gets as 3 and those that follow. */
export interface Descriptors {
  readonly streams: Streams;
  readonly passed: readonly number[];
}

/**
 * @param options further options of the runtime's `create`
 * @throws RuntimeFailure when the runtime refuses; it has printed its reason on standard error
 */
export function createContainer(
  spec: Spec,
  id: string,
  how: RuntimeCall,
  descriptors: Descriptors,
  options: readonly string[],
): Created {
  forgetContainer(id);
  makeMountPoints(spec);
  replaceFile(`${PRIVATE_MOUNTS.bundle}/config.json`, formatJson(spec), 0o600);
  const pidFile = `${PRIVATE_MOUNTS.bundle}/pid`;
  const count = descriptors.passed.length;
  const preserved = count === 0 ? [] : ["--preserve-fds", String(count)];
  const args = ["create", "--bundle", PRIVATE_MOUNTS.bundle, "--pid-file", pidFile, ...preserved, ...options];
  const master = spec.process?.terminal
    ? createWithTerminal(how, args, id, descriptors.passed)
    : call(how, [...args, id], descriptors);
  const init = Number(readRecord(pidFile));
  keepRootFlags(init, spec);
  repairMountPoints(init, spec);
  setAttributes(init, attributesOf(spec.annotations), how.goOnWithout);
  return { id, init, ...(master === undefined ? {} : { master }) };
}

/** A restarted service has containers of the same IDs; what the runtime keeps of one that has ended is gone then. */
function forgetContainer(id: string): void {
  if (statusOf(`${PRIVATE_MOUNTS.state}/${id}`) === undefined) return;
  usingTrusted(PRIVATE_MOUNTS.state, (state) => removeTree(state, id));
}

/** The runtime makes the terminal and sends its master side before it returns. */
function createWithTerminal(how: RuntimeCall, args: readonly string[], id: string, passed: readonly number[]): number {
  const path = `${PRIVATE_MOUNTS.bundle}/console`;
  removeFile(path);
  const socket = listenAt(path);
  call(how, [...args, "--console-socket", path, id], { streams: STDIO, passed });
  return receiveDescriptor(socket);
}

/** Lets the init of a created container run its command. */
export function startContainer({ id }: Created, how: RuntimeCall): void {
  call(how, ["start", id]);
}

const NO_OTHERS: Descriptors = { streams: STDIO, passed: [] };

function call({ runtime, cgroupParents }: RuntimeCall, args: readonly string[], { streams, passed } = NO_OTHERS): void {
  const log = `${PRIVATE_MOUNTS.bundle}/log`;
  const cgroups = runtime.name === "crun" && cgroupParents.size === 0 ? ["--cgroup-manager=disabled"] : [];
  const globals = ["--root", PRIVATE_MOUNTS.state, "--log", log, "--log-format", "json", ...cgroups];
  const end = withSafeStreams(streams, `${PRIVATE_MOUNTS.bundle}/null`, (lent) =>
    withCgroupParents(cgroupParents, () =>
      runProgram(runtime.path, [...globals, ...args], RUNTIME_ENVIRONMENT, lent, passed),
    ),
  );
  if ("code" in end && end.code === 0) return;
  throw new RuntimeFailure(
    runtime.name === "other" ? runtime.path : runtime.name,
    lastError(tryReadText(log) ?? "") ?? "it gave no reason",
  );
}

/** The low-level runtime failed; `text` is its message, which it has also printed. */
export class RuntimeFailure extends UserError {
  readonly text: string;

  constructor(runtime: string, text: string) {
    super(`${runtime} could not start the container: ${text}`);
    this.text = text;
  }
}
