import { closeFile, O_NOCTTY, O_RDWR, openFile, readAvailable } from "../files/files.ts";
import { writeAll } from "../files/write.ts";
import { O_CLOEXEC } from "../kernel/callNumbers.ts";
import { check, fchmod, systemCall, waitForHangup, waitToRead } from "../kernel/libc.ts";

/*
 * A terminal line (pts(4)) between a standby process and the shell that asks it. A shell cannot limit how long it reads, but
 * a line can: with VMIN 0 its reads end after VTIME (termios(3)), also when the process at the other end is stopped.
 */

export interface Line {
  /** The standby's end. */
  readonly near: number;
  /** The client's end, which it opens by /proc/PID/fd. */
  readonly far: number;
}

const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;
const TIOCEXCL = 0x540c;

/**
 * Opens a line whose far end needs CAP_DAC_OVERRIDE (mode 0) and CAP_SYS_ADMIN (TIOCEXCL) to be opened.
 * @param seconds how long a read of the far end waits; 25 at most
 */
export function openLine(seconds: number): Line {
  const near = openFile("/dev/ptmx", O_RDWR | O_NOCTTY);
  check(systemCall("ioctl", near, TIOCSPTLCK, new Int32Array([0])), "unlock the terminal");
  const far = check(systemCall("ioctl", near, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "open the terminal");
  limitReads(far, seconds);
  check(systemCall("ioctl", far, TIOCEXCL), "lock the terminal");
  fchmod(far, 0);
  return { near, far };
}

/** struct termios of asm-generic/termbits.h: four words of flags, the line discipline, control characters. */
function limitReads(terminal: number, seconds: number): void {
  const TCGETS = 0x5401;
  const TCSETS = 0x5402;
  const [INPUT, OUTPUT, LOCAL, VTIME, VMIN] = [0, 4, 12, 17 + 5, 17 + 6];
  const settings = Buffer.alloc(64);
  check(systemCall("ioctl", terminal, TCGETS, settings), "read the terminal's settings");
  for (const flags of [INPUT, OUTPUT, LOCAL]) settings.writeUInt32LE(0, flags);
  settings[VTIME] = seconds * 10;
  settings[VMIN] = 0;
  check(systemCall("ioctl", terminal, TCSETS, settings), "set the terminal");
}

const MAX_CHARACTERS = 4096;

/** The first line of text; undefined when none has come for that long, or it is too long. */
export function readLine({ near }: Line, seconds: number): string | undefined {
  let text = "";
  while (!text.includes("\n") && text.length < MAX_CHARACTERS) {
    if (!waitToRead(near, seconds)) return undefined;
    text += readAvailable(near);
  }
  return text.slice(0, Math.max(0, text.indexOf("\n")));
}

/** Whether there is something to read. */
export function hasText({ near }: Line): boolean {
  return waitToRead(near, 0);
}

/** Only the client has the far end open afterwards. */
export function answerLine({ near, far }: Line, answer: string): void {
  closeFile(far);
  writeAll(near, Buffer.from(`${answer}\n`));
}

/** Whether the client has closed its end; waits for it as long as that. */
export function isHungUp({ near }: Line, seconds: number): boolean {
  return waitForHangup(near, seconds);
}

/** Closes a line that was answered: what the client has not read yet is lost. */
export function closeLine({ near }: Line): void {
  closeFile(near);
}
