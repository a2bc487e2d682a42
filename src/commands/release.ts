import { UserError } from "../errors.ts";
import { recordDirectory } from "../host/containerRecord.ts";
import { reclaimNullDevice } from "../host/nullDevice.ts";
import { performReleases } from "../host/release.ts";
import { explaining } from "../identity/failure.ts";
import { refuseBadHolderId } from "../identity/holder.ts";
import type { Why } from "../identity/ledger.ts";
import { HOST_PLACES, type Registry, recordsIn } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import { ownPlace } from "./place.ts";
import { rulesOrDefault } from "./rules.ts";

/** `dynuser release KEY`: gives back what a container holds that has been deleted. Nothing happens when it has been done. */
export async function releaseContainer([key, ...rest]: readonly string[]): Promise<number> {
  if (key === undefined || rest.length > 0) throw new UserError("dynuser release: expected the key of a container");
  refuseBadHolderId(key);
  const own = ownPlace();
  giveBack(key, own, openRegistryAt(own, await rulesOrDefault(`${own}/cache`)));
  return 0;
}

/** The sign that we hold the container goes last, so that a killed release is done again. */
export function giveBack(key: string, own: string, registry: Registry, why: Why = "stopped"): void {
  release(key, registry, why);
  if (own === HOST_PLACES.own) explaining("take /dev/null back", reclaimNullDevice);
  performReleases([{ kind: "remove", base: recordsIn(own), path: recordDirectory(own, key), links: [] }]);
}
