import { mkdirSync } from "node:fs";
import { openRegistry } from "../../../src/identity/openRegistry.ts";
import type { Range, Registry } from "../../../src/identity/registry.ts";
import type { IdentityRequest } from "../../../src/identity/request.ts";
import type { Release } from "../../../src/model/action.ts";
import type { Names } from "../../../src/sys/names/names.ts";

/** A host without users. */
const NO_NAMES: Names = {
  findUser: () => undefined,
  findGroup: () => undefined,
  groupsOf: (_name, gid) => [gid],
};

export interface ScratchRegistry extends Registry {
  readonly performed: readonly Release[];
  readonly warnings: readonly string[];
}

/** UIDs that no real container has: the last holder ends everything that runs as its user. */
export const SCRATCH_RANGE: Range = { first: 1_000_061_184, last: 1_000_065_519 };

/** An allocator with all its files below `directory`. */
export function scratchRegistry(directory: string, settings: Partial<Registry> = {}): ScratchRegistry {
  const performed: Release[] = [];
  const warnings: string[] = [];
  for (const name of ["shm", "mqueue"]) mkdirSync(`${directory}/${name}`, { recursive: true });
  const registry = openRegistry({
    paths: {
      stateDir: `${directory}/own`,
      userdb: `${directory}/userdb`,
      dynamicUids: `${directory}/dynamic-uid`,
      passwordLock: `${directory}/pwd.lock`,
      cgroups: "/sys/fs/cgroup",
      sharedMemory: `${directory}/shm`,
      messageQueues: `${directory}/mqueue`,
      ledger: `${directory}/ledger`,
    },
    range: SCRATCH_RANGE,
    names: NO_NAMES,
    perform: (releases) => void performed.push(...releases),
    warn: (text) => void warnings.push(text),
    ...settings,
  });
  return { ...registry, performed, warnings };
}

/** A request by this process for a dynamic user. */
export function dynamicRequest(name: string, id: string, more: Partial<IdentityRequest> = {}): IdentityRequest {
  return { name, dynamic: true, owners: [], holder: { id, pid: process.pid }, supplementary: [], ...more };
}
