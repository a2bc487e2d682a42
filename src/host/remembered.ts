import { formatJson, parseJson } from "../oci/json.ts";
import { makeDirectory, replaceFile, statusOf, tryReadText } from "../sys/files.ts";

/** Few, so that whoever varies what is remembered cannot fill /run. */
const PLACES = 64;

/**
 * Gives results of `compute`, kept in a directory of ours below /run; one counts for its very input and this program only. Who
 * asks again has no file to read.
 */
export function remembering(cache: string): <T>(input: unknown, compute: () => T) => T {
  const results = new Map<string, unknown>();
  return <T>(input: unknown, compute: () => T) => {
    const key = formatJson([programVersion(), input]);
    if (!results.has(key)) results.set(key, recallOrCompute(key, compute, cache));
    return results.get(key) as T;
  };
}

function recallOrCompute<T>(key: string, compute: () => T, cache: string): T {
  const path = `${cache}/result-${placeOf(key)}.json`;
  const known = recall(path, key);
  if (known !== undefined) return known as T;
  const value = compute();
  makeDirectory(cache, 0o755);
  replaceFile(path, `${key}\n${formatJson(value)}`, 0o600);
  return value;
}

function recall(path: string, key: string): unknown {
  const text = tryReadText(path);
  if (text === undefined || text[key.length] !== "\n" || !text.startsWith(key)) return undefined;
  try {
    return parseJson(text.slice(key.length + 1));
  } catch {
    return undefined;
  }
}

/** Another build may compute something else. */
function programVersion(): string {
  const { ino, mtimeMs } = statusOf("/proc/self/exe")!;
  return `${ino} ${mtimeMs}`;
}

/** Any spread will do: the whole input is compared. */
function placeOf(key: string): number {
  let sum = key.length;
  for (let at = 0; at < key.length; at += 7) sum = (Math.imul(sum, 31) + key.charCodeAt(at)) | 0;
  return (sum >>> 0) % PLACES;
}
