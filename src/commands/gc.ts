import type { KnownUse } from "../host/stateIndex.ts";
import { collect } from "../identity/collect.ts";
import { findLost, type Lost } from "../identity/lost.ts";
import { HOST_PLACES, type Registry } from "../identity/registry.ts";
import { complain, print } from "../sys/output.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import type { Options } from "./options.ts";
import { ownPlace } from "./place.ts";
import { findExpired, removeExpired } from "./retention.ts";
import { requireRoot } from "./rights.ts";
import { configurationOrDefault } from "./rules.ts";

/** Finishes the release of everything whose processes are gone. 1 when something of it could not be had. */
export async function collectGarbage(options: Options): Promise<number> {
  let failures = 0;
  const own = ownPlace();
  if (own === HOST_PLACES.own) requireRoot("gc");
  const { identity, pods } = await configurationOrDefault(`${own}/cache`);
  const registry: Registry = { ...openRegistryAt(own, identity), warn };
  function warn(text: string): void {
    failures += 1;
    complain(text);
  }
  const found = options.has("dry-run") ? findLost(registry) : collect(registry);
  const expire = options.has("dry-run") ? findExpired : removeExpired;
  const expired = own === HOST_PLACES.own ? expire(registry, pods) : [];
  const rows = [...found.map(describe), ...expired.map(describeExpired)];
  if (options.has("json")) print(JSON.stringify(rows, null, 2));
  else for (const { kind, what, why } of rows) print(why === undefined ? `${kind} ${what}` : `${kind} ${what}: ${why}`);
  if (options.has("dry-run")) return rows.length > 0 ? 1 : 0;
  return failures > 0 ? 1 : 0;
}

interface Row {
  readonly kind: Lost["kind"] | "directory";
  readonly what: string;
  readonly why?: string;
  readonly uid?: number;
  readonly name?: string;
}

function describeExpired({ path, lastUse }: KnownUse): Row {
  const since = new Date(lastUse * 1000).toISOString();
  return { kind: "directory", what: path, why: `no container has used it since ${since}` };
}

function describe(lost: Lost): Row {
  const { kind } = lost;
  switch (lost.kind) {
    case "container": {
      const { id, uid, name, origin } = lost.holder;
      const why = lost.why === "reboot" ? "the host was started anew" : "its processes are gone";
      return { kind, what: origin?.container ?? id, why: `${why} (${name}, UID ${uid})`, uid, name };
    }
    case "lease":
      return { kind, what: lost.name, why: "its containers are not known any more", name: lost.name };
    case "uid":
      return { kind, what: String(lost.uid), why: "no container has it", uid: lost.uid };
    case "lock":
      return { kind, what: String(lost.uid), why: "nobody has locked it", uid: lost.uid };
    case "record":
    case "temporary":
      return { kind, what: lost.path };
  }
}
