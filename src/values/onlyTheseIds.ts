import { errno, type Filter, type FilterRule, forbid, MAXIMUM } from "../filter.ts";

const EPERM = 1;

type Rule = Omit<FilterRule, "verdict">;

/** Calls with the number of IDs that they take; those with 32 in the name exist on 32-bit x86 and arm. */
const SETTERS = {
  uid: { setuid: 1, setreuid: 2, setresuid: 3, setfsuid: 1, setuid32: 1, setreuid32: 2, setresuid32: 3, setfsuid32: 1 },
  gid: { setgid: 1, setregid: 2, setresgid: 3, setfsgid: 1, setgid32: 1, setregid32: 2, setresgid32: 3, setfsgid32: 1 },
} as const;

/**
 * Only these IDs can be taken on, which keeps an `exec` as another user out of a container whose engine does not know of
 * the dynamic user. -1 for "as it is" is refused too: a range with a hole would take hundreds of instructions. Groups
 * come by setgroups(2) too, whose list no filter sees; it stays as the engine has it.
 */
export function onlyTheseIds(uid: number, gid: number, groups: readonly number[]): Filter {
  const rules = [...rulesOf(SETTERS.uid, [uid]), ...rulesOf(SETTERS.gid, [gid, ...groups])];
  return forbid("DynamicUser", errno(EPERM), rules);
}

function rulesOf(setters: Readonly<Record<string, number>>, ids: readonly number[]): readonly Rule[] {
  const gaps = gapsBetween([...new Set(ids)].sort((a, b) => a - b).map(BigInt));
  return Object.entries(setters).flatMap(([call, taken]) =>
    gaps.flatMap((gap) =>
      Array.from({ length: taken }, (_, argument) => ({ calls: [call], when: [{ argument, ...gap }] })),
    ),
  );
}

function gapsBetween(ids: readonly bigint[]): readonly { readonly from: bigint; readonly to: bigint }[] {
  const starts = [0n, ...ids.map((id) => id + 1n)];
  const ends = [...ids.map((id) => id - 1n), MAXIMUM];
  return starts.map((from, index) => ({ from, to: ends[index]! })).filter(({ from, to }) => from <= to);
}
