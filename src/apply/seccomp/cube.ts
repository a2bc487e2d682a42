import { UserError } from "../../errors.ts";
import { type Condition, MAXIMUM } from "../../model/filter.ts";

/**
 * A set of argument vectors: for each argument at most one constraint, all of which hold. One cube is one rule of
 * libseccomp, which knows one comparison for each argument.
 */
export type Cube = readonly (Constraint | undefined)[];

export type Constraint = Range | Bits;

/** `from <= argument <= to` */
export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** `(argument & mask) == value` */
export interface Bits {
  readonly mask: bigint;
  readonly value: bigint;
}

const MOST_CUBES = 256;

export const EVERYTHING: Cube = [];

/** The vectors for which all conditions hold, as disjoint cubes. */
export function cubesOf(conditions: readonly Condition[]): readonly Cube[] {
  let cubes: readonly Cube[] = [EVERYTHING];
  for (const condition of conditions.filter((one) => !holdsAlways(one))) {
    cubes = cubes.flatMap((cube) => narrow(cube, condition.argument, constraintOf(condition)));
  }
  return cubes;
}

export interface Split {
  readonly inside: readonly Cube[];
  readonly outside: readonly Cube[];
}

/** The parts of `cube` inside and outside of `other`; all disjoint. */
export function split(cube: Cube, other: Cube): Split {
  if (areDisjoint(cube, other)) return { inside: [], outside: [cube] };
  let inside: readonly Cube[] = [cube];
  const outside: Cube[] = [];
  other.forEach((constraint, argument) => {
    if (constraint === undefined) return;
    for (const hole of complement(constraint)) {
      for (const piece of inside) outside.push(...narrow(piece, argument, hole));
    }
    inside = inside.flatMap((piece) => narrow(piece, argument, constraint));
  });
  return { inside, outside };
}

/** What is in none of `others`, as disjoint cubes. */
export function subtractAll(cube: Cube, others: readonly Cube[]): readonly Cube[] {
  let rest: readonly Cube[] = [cube];
  for (const other of others) {
    rest = rest.flatMap((piece) => split(piece, other).outside);
    refuseTooMany(rest);
  }
  return rest;
}

/** More than fit in a filter of the kernel; ranges and flags of the same arguments multiply. */
export function refuseTooMany(cubes: readonly unknown[]): void {
  if (cubes.length <= MOST_CUBES) return;
  throw new UserError(
    "cannot build one system call filter of the engine's profile and the settings: their rules for the arguments of one system call do not fit together in 4096 BPF instructions",
  );
}

export function isEverything(cube: Cube): boolean {
  return cube.every((constraint) => constraint === undefined);
}

/** A range as values with a common beginning: what libseccomp can compare when a range has two ends. */
export function prefixes({ from, to }: Range): readonly Bits[] {
  const bits: Bits[] = [];
  for (let start = from; start <= to; ) {
    let size = start === 0n ? MAXIMUM + 1n : start & -start;
    while (start + size - 1n > to) size >>= 1n;
    bits.push({ mask: MAXIMUM ^ (size - 1n), value: start });
    start += size;
  }
  return bits;
}

/** The cube with another constraint for one argument. */
export function withConstraint(cube: Cube, argument: number, constraint: Constraint | undefined): Cube {
  return Array.from({ length: Math.max(cube.length, argument + 1) }, (_, index) =>
    index === argument ? constraint : cube[index],
  );
}

export function holdsAlways(constraint: Constraint): boolean {
  return "mask" in constraint ? constraint.mask === 0n : constraint.from === 0n && constraint.to === MAXIMUM;
}

function constraintOf(condition: Condition): Constraint {
  return "mask" in condition
    ? { mask: condition.mask, value: condition.value }
    : { from: condition.from, to: condition.to };
}

export function areDisjoint(cube: Cube, other: Cube): boolean {
  return other.some((constraint, argument) => {
    const own = cube[argument];
    return constraint !== undefined && own !== undefined && meet(own, constraint).length === 0;
  });
}

function narrow(cube: Cube, argument: number, constraint: Constraint): readonly Cube[] {
  const own = cube[argument];
  const met = own === undefined ? [constraint] : meet(own, constraint);
  return met.map((one) => withConstraint(cube, argument, one));
}

function meet(a: Constraint, b: Constraint): readonly Constraint[] {
  if ("mask" in a) return "mask" in b ? meetBits(a, b) : meetMixed(b, a);
  return "mask" in b ? meetMixed(a, b) : meetRanges(a, b);
}

function meetRanges(a: Range, b: Range): readonly Range[] {
  const from = a.from > b.from ? a.from : b.from;
  const to = a.to < b.to ? a.to : b.to;
  return from <= to ? [{ from, to }] : [];
}

function meetBits(a: Bits, b: Bits): readonly Bits[] {
  if (((a.value ^ b.value) & a.mask & b.mask) !== 0n) return [];
  return [{ mask: a.mask | b.mask, value: a.value | b.value }];
}

function meetMixed(range: Range, bits: Bits): readonly Constraint[] {
  if (range.from === range.to) return (range.from & bits.mask) === bits.value ? [range] : [];
  if (bits.mask === MAXIMUM) return bits.value >= range.from && bits.value <= range.to ? [bits] : [];
  return prefixes(range).flatMap((prefix) => meetBits(prefix, bits));
}

function complement(constraint: Constraint): readonly Constraint[] {
  if (!("mask" in constraint)) return rangesAround(constraint.from, constraint.to);
  if (constraint.mask === MAXIMUM) return rangesAround(constraint.value, constraint.value);
  return differingBits(constraint);
}

function rangesAround(from: bigint, to: bigint): readonly Range[] {
  const around: Range[] = [];
  if (from > 0n) around.push({ from: 0n, to: from - 1n });
  if (to < MAXIMUM) around.push({ from: to + 1n, to: MAXIMUM });
  return around;
}

/** For each bit of the mask: the lower ones as they should be, this one not. */
function differingBits({ mask, value }: Bits): readonly Bits[] {
  const bits: Bits[] = [];
  let seen = 0n;
  for (let bit = mask & -mask; bit !== 0n && bit <= mask; bit <<= 1n) {
    if ((mask & bit) === 0n) continue;
    bits.push({ mask: seen | bit, value: (value & seen) | (~value & bit) });
    seen |= bit;
  }
  return bits;
}
