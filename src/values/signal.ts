import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** In the order of their numbers on Linux, from 1. */
const NAMES = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG " +
  "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

/** A signal's number, from `SIGTERM`, `TERM`, `15`, `RTMIN+3` or `RTMAX-1`. */
export const signal: Value<number> = {
  syntax: "SIGNAL",
  parse: (text) => {
    const number = readSignal(text);
    if (number === undefined) throw new InvalidValueError(text, "a signal like SIGTERM");
    return number;
  },
};

export function readSignal(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return inRange(Number(text), 1);
  const name = text.replace(/^SIG/, "");
  const realtime = /^RT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
  if (realtime === null) return inRange(NAMES.indexOf(name) + 1, 1);
  const number = name.startsWith("RTMIN")
    ? FIRST_REALTIME + Number(realtime[1] ?? 0)
    : LAST_REALTIME - Number(realtime[2] ?? 0);
  return inRange(number, FIRST_REALTIME);
}

/** 15 for `SIGTERM`. */
export function signalNumber(name: string): number {
  return readSignal(name)!;
}

/** `SIGTERM` for 15. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  return name === undefined ? `SIGRTMIN+${number - FIRST_REALTIME}` : `SIG${name}`;
}

function inRange(number: number, least: number): number | undefined {
  return number >= least && number <= LAST_REALTIME ? number : undefined;
}
