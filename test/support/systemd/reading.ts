import type { ParseContext, Value } from "../../../src/model/directive.ts";

export interface Recorded extends ParseContext {
  /** `found, expected` of each item that was dropped. */
  readonly complaints: readonly (readonly [string, string])[];
}

/** A reading for tests of values: specifiers stay as they are, complaints are kept. */
export function recordReading(expand: (text: string) => string = (text) => text): Recorded {
  const complaints: (readonly [string, string])[] = [];
  return { expand, complain: (found, expected) => void complaints.push([found, expected]), complaints };
}

/** The value of one assignment; complaints are not looked at. */
export function parse<T>(value: Value<T>, text: string): T {
  return value.parse(text, recordReading());
}
