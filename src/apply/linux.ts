import type { Edit } from "../model/edit.ts";
import type { DeviceThrottle, Integer64, Linux, Resources, Spec } from "../oci/spec.ts";
import { formatNumbers, parseNumbers } from "../values/cpuList.ts";

/** Scalars of `linux`, and `linux.resources` member by member. */
export function applyLinux(spec: Spec, edits: readonly Edit[]): Spec {
  return edits.reduce(applyEdit, spec);
}

function applyEdit(spec: Spec, edit: Edit): Spec {
  switch (edit.kind) {
    case "linux":
      return changeLinux(spec, { [edit.field]: edit.value });
    case "resources":
      return changeLinux(spec, { resources: joinResources(spec.linux?.resources ?? {}, edit.resources) });
    default:
      return spec;
  }
}

function changeLinux(spec: Spec, changes: Linux): Spec {
  return { ...spec, linux: { ...spec.linux, ...changes } };
}

/** Limits are never above the engine's own; weights and protection replace its. */
function joinResources(before: Resources, wanted: Resources): Resources {
  const { memory, cpu, blockIO, pids, unified, ...rest } = wanted;
  return {
    ...before,
    ...rest,
    ...(memory && { memory: { ...before.memory, ...memory, ...lower(before.memory, memory, "limit") } }),
    ...(pids && { pids: { ...before.pids, ...pids, ...lower(before.pids, pids, "limit") } }),
    ...(cpu && { cpu: joinCpu(before.cpu ?? {}, cpu) }),
    ...(blockIO && { blockIO: joinBlockIO(before.blockIO ?? {}, blockIO) }),
    ...(unified && {
      unified: { ...before.unified, ...mapEntries(unified, (name, value) => atMost(name, value, before)) },
    }),
  };
}

/** `-1` and what is left out are no limit; neither is 0 (runc before 1.4, crun). */
function lower<N extends string>(
  before: { readonly [M in N]?: Integer64 } | undefined,
  wanted: { readonly [M in N]?: Integer64 },
  name: N,
): { readonly [M in N]?: Integer64 } {
  const [earlier, later] = [before?.[name], wanted[name]];
  const isTighter = isLimit(earlier) && (!isLimit(later) || numberOf(earlier) < numberOf(later));
  return (isTighter ? { [name]: earlier } : {}) as { readonly [M in N]?: Integer64 };
}

function isLimit(value: Integer64 | undefined): value is Integer64 {
  return value !== undefined && numberOf(value) > 0n;
}

function numberOf(value: Integer64): bigint {
  return BigInt(typeof value === "object" ? value.rawJSON : value);
}

type Cpu = NonNullable<Resources["cpu"]>;

function joinCpu(before: Cpu, wanted: Cpu): Cpu {
  const { quota, period, cpus, mems, ...rest } = wanted;
  const isLooser = quota !== undefined && share(before) !== undefined && share(before)! < share(wanted)!;
  return {
    ...before,
    ...rest,
    ...(quota !== undefined && !isLooser && { quota, ...(period !== undefined && { period }) }),
    ...(cpus !== undefined && { cpus: common(before.cpus, cpus) }),
    ...(mems !== undefined && { mems: common(before.mems, mems) }),
  };
}

/** Of one CPU; undefined for all the time there is. */
function share({ quota, period = 100_000 }: Cpu): number | undefined {
  return isLimit(quota) ? Number(numberOf(quota)) / Number(numberOf(period)) : undefined;
}

/** Where nothing is left, the engine's list stays. */
function common(before: string | undefined, wanted: string): string {
  if (before === undefined || before === "") return wanted;
  const given = new Set(parseNumbers(before));
  const both = parseNumbers(wanted).filter((number) => given.has(number));
  return both.length === 0 ? before : formatNumbers(both);
}

type BlockIO = NonNullable<Resources["blockIO"]>;

function joinBlockIO(before: BlockIO, wanted: BlockIO): BlockIO {
  const joined = Object.entries(wanted).map(([name, value]) => {
    const earlier = before[name as keyof BlockIO];
    return [name, Array.isArray(value) && Array.isArray(earlier) ? joinDevices(earlier, value) : value] as const;
  });
  return { ...before, ...Object.fromEntries(joined) };
}

function joinDevices(before: readonly DeviceThrottle[], wanted: readonly DeviceThrottle[]): readonly DeviceThrottle[] {
  const matches = (a: DeviceThrottle, b: DeviceThrottle) => a.major === b.major && a.minor === b.minor;
  const others = before.filter((one) => !wanted.some((other) => matches(one, other)));
  const lowered = wanted.map((one) => ({
    ...one,
    ...lower(
      before.find((other) => matches(one, other)),
      one,
      "rate",
    ),
  }));
  return [...others, ...lowered];
}

/** Files of version 2 that limit; the others weigh or protect. */
const LIMITS = new Set(["memory.high", "memory.max", "memory.swap.max", "memory.zswap.max", "pids.max"]);

function atMost(name: string, value: string, { unified }: Resources): string {
  const earlier = unified?.[name];
  if (!LIMITS.has(name) || earlier === undefined || earlier === "max") return value;
  return value === "max" || BigInt(earlier) < BigInt(value) ? earlier : value;
}

function mapEntries(
  values: Readonly<Record<string, string>>,
  change: (name: string, value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(name, value)]));
}
