import { oneLine } from "../errors.ts";
import { writeAll } from "./files.ts";
import { hasCode } from "./system.ts";

/** Writes a line to standard output; a reader that has gone is no error. */
export function print(line: string): void {
  write(1, line);
}

/** A line on standard error, with the program's name before it. */
export function complain(line: string): void {
  write(2, `dynuser: ${line.split("\n").map(oneLine).join("\n")}`);
}

/**
 * Whether standard output, or error, is a terminal whose user wants colours (https://no-color.org). Loading node:tty costs
 * 5 ms, which most starts are spared.
 */
export function wantsColours(descriptor: 1 | 2): boolean {
  const { NO_COLOR, TERM } = process.env;
  const { isatty } = process.getBuiltinModule("node:tty");
  return isatty(descriptor) && !NO_COLOR && TERM !== "dumb";
}

/** process.stdout would cost 7 ms at the start. */
function write(descriptor: number, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  try {
    writeAll(descriptor, bytes);
  } catch (error) {
    if (!hasCode(error, "EPIPE", "EBADF")) throw error;
  }
}
