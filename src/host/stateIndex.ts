import type { Pod } from "../cri.ts";
import {
  listDirectory,
  makeDirectory,
  removeFile,
  replaceFile,
  statusOf,
  touchFile,
  tryReadText,
} from "../sys/files.ts";
import { sha256 } from "../sys/sha256.ts";

/*
 * What is known of directories that outlast their containers: one file for each, DIRECTORY/<hash of the path>.json, which
 * tells who used it last, and by its time of change when. A lost or damaged file loses nothing but this knowledge.
 */

export const INDEX = "/var/lib/dynuser/directories";

/** Who has a directory, or had it last. */
export interface Use {
  /** On disk, `/var/lib/private/dynuser-pods/shop/web`. */
  readonly path: string;
  /** StateDirectory, CacheDirectory or LogsDirectory. */
  readonly directive: string;
  readonly engine: string;
  /** The engine's ID of the container. */
  readonly container: string;
  /** Ours; the name of its file among the holders. */
  readonly key: string;
  readonly user?: string;
  readonly pod?: Pod;
}

export interface KnownUse extends Use {
  /** Seconds since 1970: when a container started to use it, or was last seen to. */
  readonly lastUse: number;
}

/** An index that cannot be written stops no container. */
export function noteUse(use: Use, index = INDEX): void {
  try {
    if (statusOf(index) === undefined) {
      for (const path of [index.slice(0, index.lastIndexOf("/")), index]) makeDirectory(path, 0o755);
    }
    replaceFile(fileOf(use.path, index), `${JSON.stringify(use)}\n`, 0o644);
  } catch {
    return;
  }
}

/** What is known, by path; damaged files are passed over. */
export function readUses(index = INDEX): readonly KnownUse[] {
  const files = listDirectory(index).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  const uses = files.flatMap((name) => readUse(`${index}/${name}`) ?? []);
  return uses.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** It is in use now. */
export function touchUse({ path }: Use, index = INDEX): void {
  touchFile(fileOf(path, index));
}

export function forgetUse({ path }: Pick<Use, "path">, index = INDEX): void {
  removeFile(fileOf(path, index));
}

function readUse(file: string): KnownUse | undefined {
  const [status, text] = [statusOf(file), tryReadText(file)];
  if (status === undefined || text === undefined) return undefined;
  const use = parse(text);
  return use && { ...use, lastUse: status.mtimeMs / 1000 };
}

function parse(text: string): Use | undefined {
  try {
    const use = JSON.parse(text) as Use;
    return PLACES.some((place) => String(use.path).startsWith(place)) && !use.path.includes("..") ? use : undefined;
  } catch {
    return undefined;
  }
}

const PLACES = ["/var/lib/", "/var/cache/", "/var/log/"];

function fileOf(path: string, index: string): string {
  return `${index}/${sha256(path).slice(0, 32)}.json`;
}
