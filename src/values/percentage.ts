import { InvalidValueError } from "../errors.ts";

const SCALES: Readonly<Record<string, number>> = { "%": 100, "‰": 10, "‱": 1 };

/**
 * A share in parts per ten thousand; `undefined` when the text ends in none of `%`, `‰` and `‱`.
 * @throws InvalidValueError when it is out of range or too precise
 */
export function readShare(text: string): number | undefined {
  const scale = SCALES[text.slice(-1)];
  if (scale === undefined) return undefined;
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text.slice(0, -1));
  const share = match === null ? Number.NaN : Number(`${match[1]}.${match[2] ?? "0"}`) * scale;
  const rounded = Math.round(share);
  if (!(rounded >= 0 && rounded <= 10_000) || Math.abs(share - rounded) > 1e-6) {
    throw new InvalidValueError(text, "a share from 0% to 100%");
  }
  return rounded;
}

/** `share` in parts per ten thousand of `total`. */
export function shareOf(total: bigint, share: number): bigint {
  return (total * BigInt(share)) / 10_000n;
}
