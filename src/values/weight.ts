import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { integer } from "./number.ts";
import { parseTimeSpan } from "./timeSpan.ts";

/** CPUWeight=; `idle` is below any weight. */
export const cpuWeight: Value<number | "idle"> = {
  syntax: "1…10000 | idle",
  parse: (text, reading) => (text === "idle" ? text : integer(1, 10_000).parse(text, reading)),
};

/** CPUQuota=: a share of one CPU in parts per ten thousand, which may exceed 100%. */
export const cpuQuota: Value<number> = {
  syntax: "N%",
  parse: (text) => {
    const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(text) ?? [];
    const share = whole === undefined ? 0 : Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
    if (share <= 0) throw new InvalidValueError(text, "a share like 20% or 150%");
    return share;
  },
  within: (value, bound) => value <= bound,
};

/** CPUQuotaPeriodSec=: microseconds, within the kernel's limits of 1 ms and 1 s. */
export const quotaPeriod: Value<number> = {
  syntax: "TIMESPAN",
  parse: (text) => {
    const period = parseTimeSpan(text, "seconds", "microseconds");
    if (period === 0n) throw new InvalidValueError(text, "a time span from 1ms to 1s");
    return Math.min(Math.max(Number(period), 1_000), 1_000_000);
  },
};
