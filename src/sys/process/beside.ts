import { spawn } from "bun";
import { O_CLOEXEC } from "../kernel/callNumbers.ts";
import { check, close, readInto, systemCall, write } from "../kernel/libc.ts";

/** A program that runs beside this process. It reads the end of its input when this process ends, however that happens. */
export interface Beside {
  readonly pid: number;
  /** Sends a line to its standard input. */
  send(line: string): void;
  /** Ends its input. */
  close(): void;
}

/** Starts a program without variables, whose output is dropped; nothing waits for its end. */
export function startBeside(path: string, args: readonly string[]): Beside {
  return start(path, args, []);
}

/** Starts such a program and waits until it writes to descriptor 3; undefined when it ended before. */
export function startReadyBeside(path: string, args: readonly string[]): Beside | undefined {
  const { read, far } = makePipe();
  let started: Beside;
  try {
    started = start(path, args, [far]);
  } finally {
    close(far);
  }
  const isReady = readInto(read, new Uint8Array(1)) > 0;
  close(read);
  if (isReady) return started;
  started.close();
  return undefined;
}

/** Programs beside this process are its children, but no part of what it runs. */
export function isBeside(pid: number): boolean {
  return RUNNING.has(pid);
}

const RUNNING = new Set<number>();

function start(path: string, args: readonly string[], passed: readonly number[]): Beside {
  const { read, far } = makePipe();
  try {
    const child = spawn([path, ...args], {
      stdio: [read, "ignore", "ignore", ...passed],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      cwd: "/",
    });
    child.unref();
    RUNNING.add(child.pid);
    return { pid: child.pid, send: (line) => void write(far, Buffer.from(`${line}\n`)), close: () => close(far) };
  } finally {
    close(read);
  }
}

/** The end to read and the far one, both closed on exec. */
function makePipe(): { readonly read: number; readonly far: number } {
  const ends = new Int32Array(2);
  check(systemCall("pipe2", ends, O_CLOEXEC), "pipe");
  return { read: ends[0]!, far: ends[1]! };
}
