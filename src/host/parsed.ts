import {
  closeFile,
  makeDirectory,
  O_RDONLY,
  openFile,
  readText,
  replaceFile,
  type Status,
  statusOfDescriptor,
  tryReadText,
} from "../sys/files.ts";
import { hasCode } from "../sys/system.ts";
import { explaining } from "./failure.ts";

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
  const reading = <R>(use: () => R) => explaining(`read ${path}`, use);
  const file = reading(() => versionOf(path));
  if (file === undefined) return undefined;
  const place = `${cache}/${path.slice(1).replaceAll("/", ":")}.json`;
  const kept = reading(() => recall<T>(place));
  if (kept?.file === file) return kept.value;
  const value = await parse(reading(() => readText(path)));
  reading(() => {
    if (versionOf(path) === file) keep(cache, place, { file, value });
  });
  return value;
}

function versionOf(path: string): string | undefined {
  try {
    const descriptor = openFile(path, O_RDONLY);
    try {
      return describe(statusOfDescriptor(descriptor));
    } finally {
      closeFile(descriptor);
    }
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function describe({ dev, ino, size, mtimeMs, ctimeMs }: Status): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}

/** A damaged entry counts as none. */
function recall<T>(place: string): Kept<T> | undefined {
  try {
    const text = tryReadText(place);
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function keep(cache: string, place: string, kept: Kept<unknown>): void {
  makeDirectory(cache, 0o700);
  replaceFile(place, JSON.stringify(kept), 0o600);
}
