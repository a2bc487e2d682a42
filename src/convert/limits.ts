import { parseHardLimits } from "../host/facts.ts";
import type { Service } from "../model/directive.ts";
import { readText } from "../sys/files/files.ts";
import { CAPABILITIES } from "../values/capabilities.ts";
import type { Limit } from "../values/limit.ts";
import { INFINITY } from "../values/size.ts";
import { isLimitOption } from "./form.ts";
import type { Translation, Ulimit } from "./translation.ts";

/**
 * Engines replace some of the limits that a runtime is given, so they get them as options of their own. A limit above what
 * this machine lets even root set would stop the container.
 */
export function ulimitsOf(service: Service): Pick<Translation, "ulimits" | "notes"> {
  const most = mayRaise() ? new Map<string, bigint>() : parseHardLimits(readText("/proc/self/limits"));
  const found = [...service.entries()].flatMap(([{ name }, value]) =>
    isLimitOption(name) ? [readLimit(name, value as Limit, most)] : [],
  );
  const ulimits = found.map(({ ulimit }) => ulimit);
  return {
    ulimits: ulimits.length === 0 ? [] : [...ulimits, ...missingDefaults(ulimits, most)],
    notes: found.flatMap(({ note }) => note ?? []),
  };
}

function readLimit(name: string, { soft, hard }: Limit, most: ReadonlyMap<string, bigint>) {
  const suffix = name.slice("Limit".length);
  const bound = most.get(`RLIMIT_${suffix}`) ?? INFINITY;
  const ulimit: Ulimit = {
    name: suffix.toLowerCase(),
    soft: forEngine(soft < bound ? soft : bound),
    hard: forEngine(hard < bound ? hard : bound),
  };
  return hard > bound
    ? { ulimit, note: `${name}= is lowered to ${bound}, the hard limit of this machine` }
    : { ulimit };
}

/** podman then sets these two to its own defaults, which may be more than this machine permits. */
function missingDefaults(ulimits: readonly Ulimit[], most: ReadonlyMap<string, bigint>): readonly Ulimit[] {
  const names = ["nofile", "nproc"].filter((name) => !ulimits.some((limit) => limit.name === name));
  return names.flatMap((name) => {
    const bound = most.get(`RLIMIT_${name.toUpperCase()}`);
    return bound === undefined ? [] : [{ name, soft: forEngine(bound), hard: forEngine(bound) }];
  });
}

function forEngine(value: bigint): bigint {
  return value === INFINITY ? -1n : value;
}

/** Whether root has CAP_SYS_RESOURCE here. */
function mayRaise(): boolean {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readText("/proc/self/status"))?.[1] ?? "0"}`);
  return ((bits >> BigInt(CAPABILITIES.indexOf("CAP_SYS_RESOURCE"))) & 1n) === 1n;
}
