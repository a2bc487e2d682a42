import { basename } from "node:path";
import { listHolders, readHolder } from "../../identity/holder.ts";
import type { Holder } from "../../identity/holderRecord.ts";
import type { Registry } from "../../identity/registry.ts";
import type { Caller } from "../../start/caller.ts";
import { type RecordedUsage, readUses } from "../../start/host/stateIndex.ts";
import { pathOfUser } from "../../start/rootless.ts";
import { listSubdirectories } from "../../sys/files/files.ts";
import { statusOfLink } from "../../sys/files/status.ts";
import { DIRECTORY_KINDS } from "../../values/directoryKinds.ts";

/** The words of --what, as of `systemctl clean`, with the bases of their directories. */
export const KINDS = {
  state: DIRECTORY_KINDS.state.base,
  cache: DIRECTORY_KINDS.cache.base,
  logs: DIRECTORY_KINDS.logs.base,
  runtime: DIRECTORY_KINDS.runtime.base,
} as const;
export type Kind = keyof typeof KINDS;

/** A directory that outlasts the containers that use it; docs/json.md documents it. */
export interface LastingDirectory {
  readonly what: Kind;
  /** Below its base: `web`, `web/cache`. */
  readonly name: string;
  /** On disk. */
  readonly path: string;
  /** The service that uses it; absent where no use is recorded. */
  readonly service?: string;
  readonly user?: string;
  readonly engine?: string;
  readonly container?: string;
  readonly pod?: RecordedUsage["pod"];
  /** ISO 8601, UTC; absent where no use is recorded. */
  readonly lastUse?: string;
  readonly inUse: boolean;
}

/** Directories of the host, or of an unprivileged user: those with a recorded use, and the others below `private/`. */
export function findDirectories(registry: Registry, { bases, index }: Caller): readonly LastingDirectory[] {
  const holders = listHolders(registry).flatMap((id) => readHolder(id, registry) ?? []);
  const uses = readUses(index);
  const known = uses
    .filter(({ path }) => isDirectory(path))
    .flatMap((use) => toLastingDirectory(use, holders, bases) ?? []);
  const others = Object.entries(KINDS).flatMap(([what, base]) =>
    listSubdirectories(`${pathOfUser(base, bases)}/private`)
      .filter((path) => !uses.some((use) => use.path === path || use.path.startsWith(`${path}/`)))
      .map((path) => unrecorded(path, what as Kind, holders)),
  );
  return [...known, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Another program may have moved or removed it. */
function isDirectory(path: string): boolean {
  return statusOfLink(path)?.isDirectory() ?? false;
}

function toLastingDirectory(
  use: RecordedUsage,
  holders: readonly Holder[],
  bases: Caller["bases"],
): LastingDirectory | undefined {
  const { path, user, engine, container, pod, lastUse, key } = use;
  const kind = kindOf(path, bases);
  if (kind === undefined) return undefined;
  const { what, base } = kind;
  // records of earlier versions have no service
  const service = use.service ?? user;
  return {
    what,
    name: path.slice(base.length + 1).replace(/^private\//, ""),
    path,
    ...(service !== undefined && { service }),
    ...(user !== undefined && { user }),
    engine,
    container,
    ...(pod !== undefined && { pod }),
    lastUse: new Date(lastUse * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
    inUse: holders.some(({ id, name }) => id === key || name === user),
  };
}

/** The base that lies deepest: a user's logs are in its state directory. */
export function kindOf(
  path: string,
  bases: Caller["bases"],
): { readonly what: Kind; readonly base: string } | undefined {
  const found = Object.entries(KINDS).flatMap(([what, host]) => {
    const base = pathOfUser(host, bases);
    return path.startsWith(`${base}/`) ? [{ what: what as Kind, base }] : [];
  });
  return found.sort((a, b) => b.base.length - a.base.length)[0];
}

/** Made by systemd, or without a record. */
function unrecorded(path: string, what: Kind, holders: readonly Holder[]): LastingDirectory {
  const name = basename(path);
  return { what, name, path, inUse: holders.some((holder) => holder.name === name) };
}
