import { InvalidValueError } from "../errors.ts";
import type { ParseContext } from "../model/directive.ts";

/** What `read` returns, or undefined after reporting its InvalidValueError. */
export function attempt<T>(reading: ParseContext, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    reading.complain(error.found, error.expected);
    return undefined;
  }
}
