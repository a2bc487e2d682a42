import type { Value } from "../model/directive.ts";
import { INFINITY } from "./size.ts";
import { parseTimeSpan } from "./timeSpan.ts";

/** The longest span of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds, `Infinity` for `infinity`; a bare number counts seconds. */
export const timeout: Value<number> = {
  syntax: "TIMESPAN | infinity",
  parse: parseMilliseconds,
};

/** As `timeout`, where 0 is infinity too (src/core/load-fragment.c, config_parse_service_timeout). */
export const timeoutOrNever: Value<number> = {
  syntax: "TIMESPAN | 0 | infinity",
  parse: (text) => parseMilliseconds(text) || Number.POSITIVE_INFINITY,
};

function parseMilliseconds(text: string): number {
  const span = parseTimeSpan(text, "seconds", "microseconds");
  const milliseconds = Number(span) / 1000;
  return span === INFINITY || milliseconds > LONGEST_MS ? Number.POSITIVE_INFINITY : milliseconds;
}
