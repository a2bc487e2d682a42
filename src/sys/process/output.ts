import { oneLine, UserError } from "../../errors.ts";
import { reasonText } from "../failure.ts";
import { writeAll } from "../files/write.ts";
import { hasCode } from "../kernel/system.ts";

/** Writes a line to standard output; a reader that has gone is no error. */
export function print(line: string): void {
  write(1, line);
}

/** A line on standard error, with the program's name before it. */
export function printError(line: string): void {
  printErrorLine(`dynuser: ${line}`);
}

/** Lines on standard error as they are. */
export function printErrorLine(line: string): void {
  write(2, line.split("\n").map(oneLine).join("\n"));
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
    if (descriptor === 2 || hasCode(error, "EPIPE", "EBADF")) return;
    throw new UserError(`cannot write to standard output: ${reasonText(error)}`);
  }
}
