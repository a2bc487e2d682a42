import { UserError } from "../../errors.ts";

/**
 * Bounds of the annotations of one container: their author needs no rights, and the time that root spends on a start
 * grows with them.
 */
export const MAXIMA = { annotations: 256, bytes: 65_536, lines: 1024, words: 1024, slashes: 8192 } as const;

/** @throws UserError for more than `MAXIMA` */
export function checkAmount(annotations: readonly (readonly [key: string, value: string])[]): void {
  const found = { annotations: annotations.length, bytes: 0, lines: 0, words: 0, slashes: 0 };
  for (const [key, value] of annotations) found.bytes += key.length + Buffer.byteLength(value);
  refuseMore(found);
  for (const [, value] of annotations) {
    found.lines += count(value, /\n/g) + 1;
    found.words += count(value, /\S+/g);
    found.slashes += count(value, /\//g);
  }
  refuseMore(found);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function refuseMore(found: Readonly<Record<keyof typeof MAXIMA, number>>): void {
  for (const [what, most] of Object.entries(MAXIMA) as [keyof typeof MAXIMA, number][]) {
    if (found[what] <= most) continue;
    throw new UserError(
      `cannot read the annotations below dynuser/: found ${found[what]} ${what}, expected ${most} at most (dynuser-annotations(7))`,
    );
  }
}
