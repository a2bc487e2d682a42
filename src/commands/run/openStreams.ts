import { UserError } from "../../errors.ts";
import { WORLD } from "../../host/world.ts";
import { closeFile, O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, replaceFile } from "../../sys/files.ts";
import type { Streams } from "../../sys/process.ts";
import { openNullDevice, openStream } from "../../sys/streams.ts";
import type { FileMode, Stream } from "./streams.ts";

const FLAGS = {
  read: O_RDONLY,
  readWrite: O_RDWR | O_CREAT,
  terminal: O_RDWR,
  overwrite: O_WRONLY | O_CREAT,
  append: O_WRONLY | O_CREAT | O_APPEND,
  truncate: O_WRONLY | O_CREAT | O_TRUNC,
} as const satisfies Record<FileMode, number>;

const NAMES = ["standard input", "standard output", "standard error"] as const;

/**
 * Descriptors for a command, as long as `use` takes.
 * @param mask UMask= of the service: new files are made as if the service made them
 */
export function withStreams<T>(streams: readonly Stream[], mask: number, use: (opened: Streams) => T): T {
  const opened: number[] = [];
  const own: number[] = [];
  try {
    for (const [index, stream] of streams.entries()) {
      const descriptor = open(stream, index, mask, opened);
      if (stream.kind !== "ours" && stream.kind !== "same") own.push(descriptor);
      opened.push(descriptor);
    }
    return use(opened as unknown as Streams);
  } finally {
    own.forEach(closeFile);
  }
}

function open(stream: Stream, index: number, mask: number, opened: readonly number[]): number {
  switch (stream.kind) {
    case "ours":
      return index;
    case "same":
      return opened[stream.as]!;
    case "null":
      return openNullDevice();
    case "data":
      return openData(stream.bytes);
    case "file":
      return openPath(stream.path, FLAGS[stream.mode], mask, NAMES[index]!);
  }
}

function openData(bytes: Buffer): number {
  const path = `${WORLD.bundle}/stdin`;
  replaceFile(path, bytes, 0o600);
  return openStream(path, O_RDONLY, 0);
}

function openPath(path: string, flags: number, mask: number, name: string): number {
  try {
    return openStream(path, flags, 0o666 & ~mask);
  } catch (error) {
    throw new UserError(`cannot open ${name}: found ${(error as NodeJS.ErrnoException).code} at ${path}`);
  }
}
