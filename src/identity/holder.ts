import { UserError } from "../errors.ts";
import { listDirectory, listSome, removeFile } from "../sys/files/files.ts";
import { type Holder, holderFormat } from "./holderRecord.ts";
import { quarantineFile } from "./quarantine.ts";
import { holdersIn, type Registry } from "./registry.ts";

/** All leases that the holder has. */
export function leasesOf({ lease, groupLease }: Holder): readonly string[] {
  return groupLease === undefined ? [lease] : [lease, groupLease];
}

export function isHolderId(id: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+:@-]{0,199}$/.test(id);
}

export function refuseBadHolderId(id: string): void {
  if (isHolderId(id)) return;
  throw new UserError(
    `cannot use container ID ${JSON.stringify(id)}: expected 1 to 200 letters, digits and _.+:@-, beginning with a letter, digit or _`,
  );
}

/** Undefined when there is none; a damaged one is set aside. */
export function readHolder(id: string, registry: Registry): Holder | undefined {
  const path = pathOf(id, registry);
  const state = holderFormat.read(path);
  if (state.kind === "absent") return undefined;
  if (state.kind === "record" && state.value.id === id) return state.value;
  quarantineFile(path, "a lease: found no valid holder", registry);
  return undefined;
}

/** Durable enough for /run: whole or not at all. */
export function writeHolder(holder: Holder, registry: Registry): void {
  holderFormat.write(pathOf(holder.id, registry), holder);
}

export function removeHolder(id: string, registry: Registry): void {
  removeFile(pathOf(id, registry));
}

export function listHolders(registry: Registry): readonly string[] {
  return idsOf(listDirectory(holdersIn(registry.paths.stateDir)));
}

/** At most so many of them, others each time. */
export function listSomeHolders(most: number, registry: Registry): readonly string[] {
  return idsOf(listSome(holdersIn(registry.paths.stateDir), most));
}

function idsOf(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith(".json") && !name.startsWith(".")).map((name) => name.slice(0, -5));
}

/** Whether this container's file is there and in order. */
export function isHolder(id: string, registry: Registry): boolean {
  return readHolder(id, registry) !== undefined;
}

function pathOf(id: string, registry: Registry): string {
  return `${holdersIn(registry.paths.stateDir)}/${id}.json`;
}
