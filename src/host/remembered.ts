import { formatJson, parseJson } from "../oci/json.ts";
import { listDirectory, makeDirectory, removeFile, replaceFile, statusOf, tryReadText } from "../sys/files.ts";
import { sha256 } from "../sys/sha256.ts";

/** Few, so that whoever varies what is remembered cannot fill /run. */
const MOST = 64;
const PREFIX = "result-";

/**
 * Gives results of `compute`, kept in a directory of ours below /run; one counts for its very input and this program only. Who
 * asks again with the same objects has nothing to write out and no file to read.
 */
export function remembering(cache: string): <T>(input: readonly unknown[], compute: () => T) => T {
  const results: { readonly input: readonly unknown[]; readonly value: unknown }[] = [];
  return <T>(input: readonly unknown[], compute: () => T) => {
    const known = results.find((result) => isSame(result.input, input));
    if (known !== undefined) return known.value as T;
    const value = recallOrCompute(keyOf(input), compute, cache);
    results.push({ input, value });
    return value;
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Each part by itself: one with a bigint takes much longer. Another build may compute something else. */
function keyOf(input: readonly unknown[]): string {
  const { ino, mtimeMs } = statusOf("/proc/self/exe")!;
  return sha256([ino, mtimeMs, ...input].map(formatJson).join("\n"));
}

function recallOrCompute<T>(key: string, compute: () => T, cache: string): T {
  const path = `${cache}/${PREFIX}${key}.json`;
  const known = recall(path);
  if (known !== undefined) return known as T;
  const value = compute();
  makeDirectory(cache, 0o755);
  forgetOldest(cache);
  replaceFile(path, formatJson(value), 0o600);
  return value;
}

function recall(path: string): unknown {
  const text = tryReadText(path);
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function forgetOldest(cache: string): void {
  const paths = listDirectory(cache).flatMap((name) => (name.startsWith(PREFIX) ? [`${cache}/${name}`] : []));
  if (paths.length < MOST) return;
  const ages = new Map(paths.map((path) => [path, statusOf(path)?.mtimeMs ?? 0]));
  removeFile(paths.reduce((oldest, path) => (ages.get(path)! < ages.get(oldest)! ? path : oldest)));
}
