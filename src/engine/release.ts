import { rulesOrDefault } from "../config/identityRules.ts";
import { problemsIn, UserError } from "../errors.ts";
import { restoreNullDevice } from "../host/nullDevice.ts";
import { collectSome } from "../identity/collect.ts";
import { refuseBadHolderId } from "../identity/holder.ts";
import type { ReleaseReason } from "../identity/ledger.ts";
import { type Registry, recordsIn } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import { isHostState } from "../model/paths.ts";
import { recordDirectory } from "../start/containerRecord.ts";
import { performReleases } from "../start/host/release.ts";
import { openRegistryAt } from "../start/registry.ts";
import { withContext } from "../sys/failure.ts";
import { readLink } from "../sys/files/files.ts";
import { statusOfLink } from "../sys/files/status.ts";
import type { Client } from "../sys/process/client.ts";
import { printError } from "../sys/process/output.ts";
import { CONFIG_LINK } from "./record/links.ts";
import { stateDirectory } from "./record/location.ts";
import { restoreConfig } from "./request/bundle.ts";

/** `dynuser release KEY`: releases what a deleted container holds. A second call does nothing. */
export async function callRelease([key, ...rest]: readonly string[], client: Client): Promise<number> {
  if (key === undefined || rest.length > 0) throw new UserError("dynuser release: expected the key of a container");
  refuseBadHolderId(key);
  const own = stateDirectory();
  releaseContainer(key, own, openRegistryAt(own, await rulesOrDefault(`${own}/cache`), client));
  return 0;
}

/** Releases some of what others left, where claims do not look for it themselves; what fails is printed. */
export async function collectAfterwards(): Promise<void> {
  const own = stateDirectory();
  try {
    collectSome(openRegistryAt(own, await rulesOrDefault(`${own}/cache`)));
  } catch (error) {
    for (const problem of problemsIn(error)) printError(problem);
  }
}

/** The container's record is removed last, so that a killed release is repeated. */
export function releaseContainer(key: string, own: string, registry: Registry, why: ReleaseReason = "stopped"): void {
  restoreBundle(recordDirectory(own, key));
  release(key, registry, why);
  if (isHostState(own)) withContext("take /dev/null back", restoreNullDevice);
  withContext("remove the container's record", () => removeRecord(recordDirectory(own, key), own));
}

function removeRecord(record: string, own: string): void {
  if (statusOfLink(record) === undefined) return;
  performReleases([{ kind: "remove", base: recordsIn(own), path: record, links: [] }]);
}

/** The bundle of a runtime's container, which may be gone by now. */
function restoreBundle(directory: string): void {
  withContext("restore the engine's config", () => {
    const configPath = readLink(`${directory}/${CONFIG_LINK}`);
    if (configPath !== undefined) restoreConfig(configPath);
  });
}
