import { quote, UserError } from "../errors.ts";
import { reasonText } from "../sys/failure.ts";
import { closeFile, O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from "../sys/files/files.ts";
import { replaceFile } from "../sys/files/write.ts";
import { copyDescriptor } from "../sys/kernel/libc.ts";
import type { Streams } from "../sys/process/process.ts";
import { isSocket, openNullDevice, openStream } from "../sys/process/streams.ts";
import { PRIVATE_MOUNTS } from "./host/privateMounts.ts";
import type { NamedDescriptor } from "./passing/handed.ts";
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
 * Runs `use` with the descriptors of a command, and closes them.
 * @param mask UMask= of the service, which applies to new files
 * @param handed the descriptors that socket activation handed to dynuser
 */
export function withStreams<T>(
  streams: readonly Stream[],
  mask: number,
  handed: readonly NamedDescriptor[],
  use: (opened: Streams) => T,
): T {
  const opened: number[] = [];
  const own: number[] = [];
  try {
    for (const [index, stream] of streams.entries()) {
      const known = knownDescriptor(stream, index, opened, handed);
      const descriptor = known ?? open(stream as OpenedStream, index, mask);
      if (known === undefined) own.push(descriptor);
      opened.push(descriptor);
    }
    return use(opened as unknown as Streams);
  } finally {
    own.forEach(closeFile);
  }
}

/** Undefined for a stream that has to be opened. */
function knownDescriptor(
  stream: Stream,
  index: number,
  opened: readonly number[],
  handed: readonly NamedDescriptor[],
): number | undefined {
  switch (stream.kind) {
    case "inherited":
      return index;
    case "same":
      return opened[stream.as]!;
    case "socket":
      return onlySocket(handed, NAMES[index]!);
    case "descriptor":
      return descriptorNamed(stream.name, handed, NAMES[index]!);
    default:
      return undefined;
  }
}

/** As of inetd, the caller's standard input may be the socket itself where nothing was handed over. */
function onlySocket(handed: readonly NamedDescriptor[], stream: string): number | undefined {
  if (handed.length === 0 && isSocket(STDIN)) return undefined;
  if (handed.length === 1) return handed[0]!.descriptor;
  throw new UserError(`cannot open ${stream}: found ${handed.length} sockets, expected one from socket activation`);
}

const STDIN = 0;

function descriptorNamed(name: string, handed: readonly NamedDescriptor[], stream: string): number {
  const found = handed.find((one) => one.name === name);
  if (found !== undefined) return found.descriptor;
  throw new UserError(`cannot open ${stream}: found no descriptor ${quote(name)}, expected one from socket activation`);
}

type OpenedStream = Extract<Stream, { readonly kind: "null" | "data" | "file" | "socket" }>;

function open(stream: OpenedStream, index: number, mask: number): number {
  switch (stream.kind) {
    case "null":
      return openNullDevice();
    case "socket":
      return copyDescriptor(STDIN);
    case "data":
      return openData(stream.bytes);
    case "file":
      return openPath(stream.path, FLAGS[stream.mode], mask, NAMES[index]!);
  }
}

function openData(bytes: Buffer): number {
  const path = `${PRIVATE_MOUNTS.bundle}/stdin`;
  replaceFile(path, bytes, 0o600);
  return openStream(path, O_RDONLY, 0);
}

function openPath(path: string, flags: number, mask: number, name: string): number {
  try {
    return openStream(path, flags, 0o666 & ~mask);
  } catch (error) {
    throw new UserError(`cannot open ${name}: open ${path}: ${reasonText(error)}`);
  }
}
