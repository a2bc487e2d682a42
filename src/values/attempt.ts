import type { Reading } from "../directive.ts";
import { BadValue } from "../errors.ts";

/** What `read` returns, or undefined after a complaint about its BadValue. */
export function attempt<T>(reading: Reading, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    reading.complain(error.found, error.expected);
    return undefined;
  }
}
