import { configurationOrDefault } from "../config/identityRules.ts";
import type { Options } from "../console/options.ts";
import { requireRoot } from "../console/requireRoot.ts";
import { collect } from "../identity/collect.ts";
import { findLost, type Leftover } from "../identity/leftovers.ts";
import type { Registry } from "../identity/registry.ts";
import { isHostState } from "../model/paths.ts";
import { thisCaller } from "../start/caller.ts";
import type { RecordedUsage } from "../start/host/stateIndex.ts";
import { openRegistryAt } from "../start/registry.ts";
import { becomeNamespaceRoot } from "../start/unprivileged.ts";
import { print, printError } from "../sys/process/output.ts";
import { findExpired, removeExpired } from "./retention.ts";

/** Finishes the release of all holders whose processes have exited; 1 when a release fails. */
export async function collectGarbage(options: Options): Promise<number> {
  let failures = 0;
  becomeNamespaceRoot("gc");
  const { own } = thisCaller();
  if (isHostState(own)) requireRoot("gc");
  const { identity, pods } = await configurationOrDefault(`${own}/cache`);
  const registry: Registry = { ...openRegistryAt(own, identity), warn };
  function warn(text: string): void {
    failures += 1;
    printError(text);
  }
  const found = options.has("dry-run") ? findLost(registry) : collect(registry);
  const expire = options.has("dry-run") ? findExpired : removeExpired;
  const expired = isHostState(own) ? expire(registry, pods) : [];
  const rows = [...found.map(formatLeftover), ...expired.map(formatExpired)];
  if (options.has("json")) print(JSON.stringify(rows, null, 2));
  else for (const { kind, what, why } of rows) print(why === undefined ? `${kind} ${what}` : `${kind} ${what}: ${why}`);
  if (options.has("dry-run")) return rows.length > 0 ? 1 : 0;
  return failures > 0 ? 1 : 0;
}

interface Row {
  readonly kind: Leftover["kind"] | "directory";
  readonly what: string;
  readonly why?: string;
  readonly uid?: number;
  readonly name?: string;
}

function formatExpired({ path, lastUse }: RecordedUsage): Row {
  const since = new Date(lastUse * 1000).toISOString();
  return { kind: "directory", what: path, why: `no container has used it since ${since}` };
}

function formatLeftover(lost: Leftover): Row {
  const { kind } = lost;
  switch (lost.kind) {
    case "container": {
      const { id, uid, name, origin } = lost.holder;
      const why = lost.why === "reboot" ? "the host was rebooted" : "its runtime or dynuser run has ended";
      return { kind, what: origin?.container ?? id, why: `${why} (${name}, UID ${uid})`, uid, name };
    }
    case "lease":
      return { kind, what: lost.name, why: "no container is recorded for it", name: lost.name };
    case "uid":
      return { kind, what: String(lost.uid), why: "no container has it", uid: lost.uid };
    case "lock":
      return { kind, what: String(lost.uid), why: "no process holds the lock", uid: lost.uid };
    case "damaged":
      return { kind, what: lost.path, why: "it could not be read" };
    case "record":
    case "temporary":
      return { kind, what: lost.path };
  }
}
