import type { Pod } from "../../model/pod.ts";
import { withContext } from "../../sys/failure.ts";
import { listDirectory, makeDirectories, makeDirectory, removeFile } from "../../sys/files/files.ts";
import { recordFormat } from "../../sys/files/recordFile.ts";
import { statusOf } from "../../sys/files/status.ts";
import { syncPath, touchFile } from "../../sys/files/write.ts";
import { sha256 } from "../../sys/sha256.ts";
import { validate } from "./validateUsage.gen.ts";

/*
 * Records of directories that outlast their containers, one file each: DIRECTORY/<hash of the path>.json holds the last
 * user, and its modification time is the time of the last use. A container gets no existing directory without a record.
 */

export const INDEX = "/var/lib/dynuser/directories";

/** The current or last user of a directory. */
export interface DirectoryUsage {
  /** On disk, `/var/lib/private/dynuser-pods/shop/web`. */
  readonly path: string;
  /** StateDirectory, CacheDirectory, LogsDirectory or RuntimeDirectory. */
  readonly directive: string;
  readonly engine: string;
  /** The engine's ID of the container. */
  readonly container: string;
  /** The key of its holder. */
  readonly key: string;
  readonly user?: string;
  /** The unit without its suffix; absent in records of earlier versions. */
  readonly service?: string;
  readonly pod?: Pod;
}

const usageFormat = recordFormat<DirectoryUsage>("directory usage", validate);

export interface RecordedUsage extends DirectoryUsage {
  /** Seconds since 1970: when a container started to use it, or was last seen to. */
  readonly lastUse: number;
}

/** As `recordUsage`; does nothing where the index cannot be written. */
export function tryRecordUsage(use: DirectoryUsage, index = INDEX): void {
  try {
    writeUsage(use, index);
  } catch {
    return;
  }
}

/**
 * Called before the directory is made, which after a loss of power would be refused without its record: a new record is
 * on the disk first.
 * @throws UserError
 */
export function recordUsage(use: DirectoryUsage, index = INDEX): void {
  const file = fileOf(use.path, index);
  withContext(`record the use of ${use.path}`, () => {
    if (statusOf(file) !== undefined) return usageFormat.write(file, use);
    writeUsage(use, index);
    for (const path of [file, index]) syncPath(path);
  });
}

function writeUsage(use: DirectoryUsage, index: string): void {
  if (statusOf(index) === undefined) {
    makeDirectories(index.slice(0, index.lastIndexOf("/")));
    makeDirectory(index, 0o700);
  }
  usageFormat.write(fileOf(use.path, index), use);
}

/** What is known, by path; damaged files are passed over. */
export function readUses(index = INDEX): readonly RecordedUsage[] {
  const files = listDirectory(index).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  const uses = files.flatMap((name) => readUse(`${index}/${name}`) ?? []);
  return uses.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** It is in use now. */
export function touchUse({ path }: DirectoryUsage, index = INDEX): void {
  touchFile(fileOf(path, index));
}

export function forgetUse({ path }: Pick<DirectoryUsage, "path">, index = INDEX): void {
  removeFile(fileOf(path, index));
}

function readUse(file: string): RecordedUsage | undefined {
  const [status, use] = [statusOf(file), usageFormat.read(file)];
  return status && use.kind === "record" ? { ...use.value, lastUse: status.mtimeMs / 1000 } : undefined;
}

function fileOf(path: string, index: string): string {
  return `${index}/${sha256(path).slice(0, 32)}.json`;
}

/** The engine of the last container that used `path`; undefined for directories of pods and without a record. */
export function engineOf(path: string, index = INDEX): string | undefined {
  const use = readUse(fileOf(path, index));
  return use?.pod === undefined ? use?.engine : undefined;
}

/** Whether `path`, a directory above it or one below it was made for a container. */
export function isRecorded(path: string, index = INDEX): boolean {
  const isKnown = (one: string) => readUse(fileOf(one, index)) !== undefined;
  return withParents(path).some(isKnown) || readUses(index).some((use) => use.path.startsWith(`${path}/`));
}

function withParents(path: string): readonly string[] {
  const end = path.lastIndexOf("/");
  return end <= 0 ? [path] : [path, ...withParents(path.slice(0, end))];
}
