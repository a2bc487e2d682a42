import { quote, UserError } from "../errors.ts";
import type { Release } from "../model/action.ts";
import { withContext } from "../sys/failure.ts";
import { leasesOf, readHolder, writeHolder } from "./holder.ts";
import type { Holder, RuntimeState } from "./holderRecord.ts";
import { withLeases } from "./lock.ts";
import type { ProcessId } from "./process.ts";
import type { Registry } from "./registry.ts";

/** What a start knows before it runs the low-level runtime; recorded so that it can be undone after a crash. */
export interface Expectation {
  readonly releases?: readonly Release[];
  /** Absolute paths of cgroup directories that will hold this container and nothing else. */
  readonly cgroups?: readonly string[];
  readonly runtime?: RuntimeState;
  readonly main?: ProcessId;
}

/**
 * Records what a start will create, before it creates any of it.
 * @param known its holder as it was claimed, where that is at hand
 */
export function recordExpectation(
  id: string,
  expectation: Expectation,
  registry: Registry,
  known: Holder | undefined = readHolder(id, registry),
): void {
  if (known === undefined)
    throw new UserError(`cannot record the state of container ${quote(id)}: found no lease of it`);
  const write = () => {
    const holder = readHolder(id, registry);
    if (holder !== undefined) writeHolder({ ...holder, ...expectation }, registry);
    return holder;
  };
  const isThere = (holder: Holder | undefined) => holder !== undefined;
  withContext(`record the state of container ${quote(id)}`, () =>
    withLeases(leasesOf(known), registry, write, isThere),
  );
}
