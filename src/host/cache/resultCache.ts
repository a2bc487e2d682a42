import { formatJson } from "../../oci/json.ts";
import { recallLasting, remember } from "../../sys/files/cacheFile.ts";
import { listDirectory, removeFile } from "../../sys/files/files.ts";
import { type FileStatus, statusOf } from "../../sys/files/status.ts";
import { sha256 } from "../../sys/sha256.ts";

/** Few, so that varied input cannot fill /run. */
const MOST = 64;
const PREFIX = "result-";

/**
 * Results of `compute`, kept in dynuser's directory below /run; each is valid for one input and this build alone. A second
 * call with the same objects neither serializes them nor reads a file.
 */
export function memoize(cache: string): <T>(input: readonly unknown[], compute: () => T) => T {
  const results: { readonly key: string; readonly input: readonly unknown[]; readonly value: unknown }[] = [];
  return <T>(input: readonly unknown[], compute: () => T) => {
    const known = results.find((result) => isSame(result.input, input));
    if (known !== undefined) return known.value as T;
    const key = keyOf(input);
    const value = results.find((result) => result.key === key)?.value ?? recallOrCompute(key, compute, cache);
    results.push({ key, input, value });
    return value as T;
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

let program: FileStatus | undefined;

/** Each part by itself: one with a bigint takes much longer. Another build may compute something else. */
function keyOf(input: readonly unknown[]): string {
  program ??= statusOf("/proc/self/exe")!;
  const { ino, mtimeMs } = program;
  return sha256([ino, mtimeMs, ...input].map(formatJson).join("\n"));
}

function recallOrCompute<T>(key: string, compute: () => T, cache: string): T {
  const path = `${cache}/${PREFIX}${key}.json`;
  const known = recallLasting<T>(path);
  if (known !== undefined) return known;
  const value = compute();
  forgetOldest(cache);
  remember(path, value);
  return value;
}

function forgetOldest(cache: string): void {
  const paths = listDirectory(cache).flatMap((name) => (name.startsWith(PREFIX) ? [`${cache}/${name}`] : []));
  if (paths.length < MOST) return;
  const ages = new Map(paths.map((path) => [path, statusOf(path)?.mtimeMs ?? 0]));
  removeFile(paths.reduce((oldest, path) => (ages.get(path)! < ages.get(oldest)! ? path : oldest)));
}
