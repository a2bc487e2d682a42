import { withContext } from "../../sys/failure.ts";
import { recall, remember } from "../../sys/files/cacheFile.ts";
import { closeFile, O_RDONLY, openFile, readText } from "../../sys/files/files.ts";
import { type FileStatus, readStatusAt } from "../../sys/files/status.ts";
import { hasCode } from "../../sys/kernel/system.ts";

interface Kept<T> {
  readonly file: string;
  readonly value: T;
}

/**
 * What a file of the administrator means, parsed once: the result is kept in `cache` until the file is another one or
 * has changed, so that most starts read no YAML. Undefined when there is no such file.
 * @throws UserError when it cannot be read
 */
export async function readParsed<T>(
  path: string,
  cache: string,
  parse: (text: string) => Promise<T>,
): Promise<T | undefined> {
  const reading = <R>(use: () => R) => withContext(`read ${path}`, use);
  const file = reading(() => versionOf(path));
  if (file === undefined) return undefined;
  const place = `${cache}/${path.slice(1).replaceAll("/", ":")}.json`;
  const kept = reading(() => recall<Kept<T>>(place));
  if (kept?.file === file) return kept.value;
  const value = await parse(reading(() => readText(path)));
  reading(() => {
    if (versionOf(path) === file) remember(place, { file, value } satisfies Kept<T>);
  });
  return value;
}

function versionOf(path: string): string | undefined {
  try {
    const descriptor = openFile(path, O_RDONLY);
    try {
      return fileVersionText(readStatusAt(descriptor));
    } finally {
      closeFile(descriptor);
    }
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function fileVersionText({ dev, ino, size, mtimeMs, ctimeMs }: FileStatus): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}
