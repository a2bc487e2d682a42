import { leasesOf, readHolder, writeHolder } from "../../../src/identity/holder.ts";
import { withLeases } from "../../../src/identity/lock.ts";
import { identifyProcess } from "../../../src/identity/process.ts";
import type { Registry } from "../../../src/identity/registry.ts";

/** Binds the holder to the container's init, as collecting does for a container whose claimer has ended. */
export function attach(id: string, init: number, registry: Registry): void {
  const process = identifyProcess(init);
  const known = readHolder(id, registry);
  if (process === undefined || known === undefined) return;
  withLeases(leasesOf(known), registry, () => {
    const holder = readHolder(id, registry);
    if (holder !== undefined) writeHolder({ ...holder, init: process, phase: "attached" }, registry);
  });
}
