import { basename } from "node:path";
import { type KnownUse, readUses } from "../../host/stateIndex.ts";
import { type Holder, listHolders, readHolder } from "../../identity/holder.ts";
import type { Registry } from "../../identity/registry.ts";
import { listSubdirectories, statusOfLink } from "../../sys/files.ts";

/** Words of --what, as of `systemctl clean`, and where each kind is. */
export const KINDS = { state: "/var/lib", cache: "/var/cache", logs: "/var/log" } as const;
export type Kind = keyof typeof KINDS;

/** A directory that outlasts the containers that use it; docs/json.md tells it to people. */
export interface LastingDirectory {
  readonly what: Kind;
  /** Below its base: `web`, `web/cache`. */
  readonly name: string;
  /** On disk. */
  readonly path: string;
  readonly user?: string;
  readonly engine?: string;
  readonly container?: string;
  readonly pod?: KnownUse["pod"];
  /** ISO 8601, UTC; absent where we have not seen it in use. */
  readonly lastUse?: string;
  readonly inUse: boolean;
}

/** Those of dynamic users on this host: what we know, and what lies below `private/` besides. */
export function findDirectories(registry: Registry): readonly LastingDirectory[] {
  const holders = listHolders(registry).flatMap((id) => readHolder(id, registry) ?? []);
  const uses = readUses();
  const known = uses.filter(({ path }) => isDirectory(path)).flatMap((use) => describe(use, holders) ?? []);
  const others = Object.entries(KINDS).flatMap(([what, base]) =>
    listSubdirectories(`${base}/private`)
      .filter((path) => !uses.some((use) => use.path === path || use.path.startsWith(`${path}/`)))
      .map((path) => unknown(path, what as Kind, holders)),
  );
  return [...known, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What is known may have been moved or removed by others. */
function isDirectory(path: string): boolean {
  return statusOfLink(path)?.isDirectory() ?? false;
}

function describe(use: KnownUse, holders: readonly Holder[]): LastingDirectory | undefined {
  const { path, user, engine, container, pod, lastUse, key } = use;
  const kind = Object.entries(KINDS).find(([, base]) => path.startsWith(`${base}/`));
  if (kind === undefined) return undefined;
  const [what, base] = kind;
  return {
    what: what as Kind,
    name: path.slice(base.length + 1).replace(/^private\//, ""),
    path,
    ...(user !== undefined && { user }),
    engine,
    container,
    ...(pod !== undefined && { pod }),
    lastUse: new Date(lastUse * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
    inUse: holders.some(({ id, name }) => id === key || name === user),
  };
}

/** Made by systemd, or before anybody took notes. */
function unknown(path: string, what: Kind, holders: readonly Holder[]): LastingDirectory {
  const name = basename(path);
  return { what, name, path, inUse: holders.some((holder) => holder.name === name) };
}
