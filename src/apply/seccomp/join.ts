import { MAXIMUM } from "../../model/filter.ts";
import { type Bits, type Constraint, type Cube, type Range, withConstraint } from "./cube.ts";

const ARGUMENTS = [0, 1, 2, 3, 4, 5] as const;

/** The same vectors in fewer disjoint cubes: those that differ in one argument alone become one where they meet there. */
export function join(cubes: readonly Cube[]): readonly Cube[] {
  const joined = ARGUMENTS.reduce(joinAlong, cubes);
  return joined.length < cubes.length ? join(joined) : cubes;
}

function joinAlong(cubes: readonly Cube[], argument: number): readonly Cube[] {
  if (cubes.length < 2) return cubes;
  const groups = Map.groupBy(cubes, (cube) => keyWithout(argument, cube));
  return [...groups.values()].flatMap((group) => joinGroup(group, argument));
}

/** The cubes differ in this argument alone. */
function joinGroup(group: readonly Cube[], argument: number): readonly Cube[] {
  const constraints = group.map((cube) => cube[argument]).filter((constraint) => constraint !== undefined);
  // Disjoint cubes that are equal but for one argument all say something about it.
  if (constraints.length < group.length || group.length < 2) return group;
  const ranges = joinRanges(constraints.filter((constraint): constraint is Range => !("mask" in constraint)));
  const bits = joinBits(constraints.filter((constraint) => "mask" in constraint));
  if (ranges.length + bits.length === group.length) return group;
  return [...ranges, ...bits].map((constraint) => withConstraint(group[0]!, argument, constraint));
}

function joinRanges(ranges: readonly Range[]): readonly (Range | undefined)[] {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = joined.at(-1);
    if (last === undefined || last.to + 1n < range.from) joined.push(range);
    else joined[joined.length - 1] = { from: last.from, to: range.to };
  }
  return joined.map((range) => (range.from === 0n && range.to === MAXIMUM ? undefined : range));
}

/** Two that differ in one bit of their mask need not look at it. */
function joinBits(bits: readonly Bits[]): readonly (Bits | undefined)[] {
  for (const [index, one] of bits.entries()) {
    const other = bits.findIndex(
      (another, at) => at > index && another.mask === one.mask && isOneBit(another.value ^ one.value),
    );
    if (other < 0) continue;
    const bit = bits[other]!.value ^ one.value;
    const wider = { mask: one.mask ^ bit, value: one.value & ~bit };
    return joinBits([...bits.filter((_, at) => at !== index && at !== other), wider]);
  }
  return bits.map((one) => (one.mask === 0n ? undefined : one));
}

function isOneBit(value: bigint): boolean {
  return value !== 0n && (value & (value - 1n)) === 0n;
}

function keyWithout(argument: number, cube: Cube): string {
  return ARGUMENTS.map((index) => (index === argument ? "" : keyOf(cube[index]))).join();
}

function keyOf(constraint: Constraint | undefined): string {
  if (constraint === undefined) return "";
  return "mask" in constraint ? `${constraint.mask}&${constraint.value}` : `${constraint.from}-${constraint.to}`;
}
