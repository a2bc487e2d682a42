import { quote, UserError } from "../../errors.ts";
import type { Spec } from "../../oci/spec.ts";
import { reasonText } from "../../sys/failure.ts";
import { closeFile, O_APPEND, O_NOCTTY, O_RDONLY, O_RDWR, O_TRUNC, openFile } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { connectTo } from "../../sys/process/unixSocket.ts";
import type { Variables } from "../../values/environment.ts";
import type { OpenFile } from "../../values/openFile.ts";
import { PRIVATE_MOUNTS } from "../host/privateMounts.ts";
import type { NamedDescriptor } from "./handed.ts";
import { closePidProgram, openPidProgram, PID_PLACEHOLDER, throughPidProgram } from "./pidProgram.ts";

/** The descriptors that one command gets. */
export interface Passed {
  readonly variables: Variables;
  /** In the container they are 3 and those that follow. */
  readonly descriptors: readonly number[];
  /** The spec of a command that finds its PID in $LISTEN_PID. */
  apply(spec: Spec): Spec;
}

const NOTHING_PASSED: Passed = { variables: {}, descriptors: [], apply: (spec) => spec };

/**
 * Runs `use` with the sockets and with the files of OpenFile=, open as long as it runs.
 * @throws UserError for a file that cannot be opened, unless it is `graceful`
 */
export function withPassed<T>(
  handed: readonly NamedDescriptor[],
  files: readonly OpenFile[],
  use: (passed: Passed) => T,
): T {
  const opened: NamedDescriptor[] = [];
  try {
    for (const file of files) opened.push(...open(file));
    const all = [...handed, ...opened];
    return all.length === 0 ? use(NOTHING_PASSED) : withProgram(all, use);
  } finally {
    for (const { descriptor } of opened) closeFile(descriptor);
  }
}

const FIRST = 3;

function withProgram<T>(all: readonly NamedDescriptor[], use: (passed: Passed) => T): T {
  const program = openPidProgram(`${PRIVATE_MOUNTS.bundle}/pid-program`);
  try {
    return use({
      variables: {
        LISTEN_PID: PID_PLACEHOLDER,
        LISTEN_FDS: String(all.length),
        LISTEN_FDNAMES: all.map(({ name }) => name).join(":"),
      },
      descriptors: [...all.map(({ descriptor }) => descriptor), program],
      apply: (spec) => {
        const args = throughPidProgram(spec.process!.args!, FIRST + all.length);
        return { ...spec, process: { ...spec.process!, args } };
      },
    });
  } finally {
    closePidProgram(program);
  }
}

/** As root sees the host's files; a socket is connected to (src/core/exec-invoke.c, get_open_file_fd). */
function open(file: OpenFile): readonly NamedDescriptor[] {
  const { path, name, isGraceful } = file;
  try {
    const isSocket = statusOf(path)?.type === "socket";
    return [
      { name, descriptor: isSocket ? connectTo(path, file.access === "read-only") : openFile(path, flagsOf(file)) },
    ];
  } catch (error) {
    if (isGraceful) return [];
    throw new UserError(`cannot open ${quote(path)} for OpenFile=: ${reasonText(error)}`);
  }
}

const FLAGS = { "read-only": O_RDONLY, append: O_RDWR | O_APPEND, truncate: O_RDWR | O_TRUNC, all: O_RDWR } as const;

function flagsOf({ access }: OpenFile): number {
  return FLAGS[access] | O_NOCTTY;
}
