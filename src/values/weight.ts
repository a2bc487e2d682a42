import type { Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { integer } from "./number.ts";
import { parseTimeSpan } from "./timeSpan.ts";

/** CPUWeight=: `idle` is less than any weight. */
export const cpuWeight: Value<number | "idle"> = {
  syntax: "1…10000 | idle",
  parse: (text, reading) => (text === "idle" ? text : integer(1, 10_000).parse(text, reading)),
};

/** CPUQuota=: a share of one CPU in parts per ten thousand, of which there may be more than one whole. */
export const cpuQuota: Value<number> = {
  syntax: "N%",
  parse: (text) => {
    const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(text) ?? [];
    const share = whole === undefined ? 0 : Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
    if (share <= 0) throw new BadValue(text, "a share like 20% or 150%");
    return share;
  },
  within: (value, bound) => value <= bound,
};

/** CPUQuotaPeriodSec=: microseconds from a millisecond to a second, as the kernel takes them. */
export const quotaPeriod: Value<number> = {
  syntax: "TIMESPAN",
  parse: (text) => {
    const period = parseTimeSpan(text, "seconds", "microseconds");
    if (period === 0n) throw new BadValue(text, "a time span from 1ms to 1s");
    return Math.min(Math.max(Number(period), 1_000), 1_000_000);
  },
};
