import { listDirectory, tryReadText } from "../files/files.ts";
import { isBeside } from "./beside.ts";

/** All processes below `pid`, without those that only wait to be reaped, and without programs beside us. */
export function descendantsOf(pid: number): readonly number[] {
  const children = Map.groupBy(
    allProcesses().filter((one) => !isBeside(one.pid)),
    ({ parent }) => parent,
  );
  const below = (one: number): readonly Found[] =>
    (children.get(one) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid).flatMap((one) => (one.isZombie ? [] : [one.pid]));
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
}

/** By /proc/PID/stat, whose second field is a name in parentheses that may hold anything. */
function allProcesses(): readonly Found[] {
  const pids = listDirectory("/proc").filter((name) => /^[0-9]+$/.test(name));
  return pids.flatMap((name) => {
    const stat = tryReadText(`/proc/${name}/stat`);
    if (stat === undefined) return [];
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(name), parent: Number(parent), isZombie: state === "Z" || state === "X" }];
  });
}
