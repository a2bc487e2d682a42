import { dlopen } from "bun:ffi";
import { writeAll as writeAllTo } from "../files/write.ts";
import { check, close, systemCall } from "../kernel/libc.ts";

const STDIN = 0;
const STDOUT = 1;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TCSADRAIN = 1;
const TERMIOS_BYTES = 64;
const END_OF_TRANSMISSION = 4;

export interface TerminalRelay {
  /** When everything the command wrote has been written here; gives our own terminal its settings back. */
  finish(): Promise<void>;
}

/** Connects our standard input and output with the master side of the command's terminal. */
export function relayTerminal(master: number): TerminalRelay {
  const restore = makeRaw();
  const copySize = () => resize(master);
  copySize();
  process.on("SIGWINCH", copySize);
  pump(
    STDIN,
    (bytes) => writeAll(master, bytes),
    () => writeAll(master, Buffer.from([END_OF_TRANSMISSION])),
  );
  const done = new Promise<void>((resolve) => pump(master, (bytes) => writeAll(STDOUT, bytes), resolve));
  return {
    finish: async () => {
      await done;
      process.off("SIGWINCH", copySize);
      restore();
      close(master);
    },
  };
}

/** Keys go to the command as they are pressed, Ctrl-C included. */
function makeRaw(): () => void {
  const libc = openTermios();
  const settings = Buffer.alloc(TERMIOS_BYTES);
  const isTerminal = libc.tcgetattr(STDIN, settings) === 0;
  if (!isTerminal) return () => {};
  const raw = Buffer.from(settings);
  libc.cfmakeraw(raw);
  check(libc.tcsetattr(STDIN, TCSADRAIN, raw), "tcsetattr");
  return () => check(libc.tcsetattr(STDIN, TCSADRAIN, settings), "tcsetattr");
}

type Call = (...args: readonly unknown[]) => number;
type Termios = "tcgetattr" | "tcsetattr" | "cfmakeraw";

function openTermios(): Readonly<Record<Termios, Call>> {
  const { symbols } = dlopen("libc.so.6", {
    tcgetattr: { args: ["int", "ptr"], returns: "int" },
    tcsetattr: { args: ["int", "int", "ptr"], returns: "int" },
    cfmakeraw: { args: ["ptr"], returns: "void" },
  });
  return symbols as Readonly<Record<Termios, Call>>;
}

function resize(master: number): void {
  const size = windowSize();
  if (size !== undefined) check(systemCall("ioctl", master, TIOCSWINSZ, size), "ioctl");
}

/** Of the terminal that standard output is; undefined where it is none. */
function windowSize(): Buffer | undefined {
  const size = Buffer.alloc(8);
  return systemCall("ioctl", STDOUT, TIOCGWINSZ, size) === 0 ? size : undefined;
}

/** The columns of the terminal that standard output is; undefined for anything else, or a terminal without a size. */
export function terminalWidth(): number | undefined {
  return windowSize()?.readUInt16LE(2) || undefined;
}

/** Reads until the end; the master side ends with EIO when the last process has closed the other one. */
function pump(from: number, write: (bytes: Buffer) => void, end: () => void): void {
  const { read } = process.getBuiltinModule("node:fs");
  const buffer = Buffer.alloc(65536);
  const next = () =>
    read(from, buffer, 0, buffer.length, null, (error, length) => {
      if (error || length === 0) end();
      else {
        write(buffer.subarray(0, length));
        next();
      }
    });
  next();
}

/** Bytes that cannot be written any more are dropped. */
function writeAll(to: number, bytes: Buffer): void {
  try {
    writeAllTo(to, bytes);
  } catch {
    return;
  }
}
