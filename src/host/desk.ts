import { basename, dirname } from "node:path";
import { HOST_PLACES, makeTrusted } from "../identity/registry.ts";
import { openTrusted, using } from "../sys/directory.ts";
import {
  closeFile,
  listDirectory,
  makeDirectory,
  makeFifo,
  readAvailable,
  renameFile,
  statusOf,
  writeAll,
} from "../sys/files.ts";
import { waitToRead } from "../sys/libc.ts";
import { removeTree } from "../sys/removeTree.ts";
import { unlessMissing } from "../sys/system.ts";

/*
 * Where libexec/dynuser finds one that stands by: /run/dynuser/standby/PID-NUMBER. Who is the first to make the file
 * `taken` there has the desk, writes one line into the FIFO `request`, and reads an exit status from the FIFO `answer`,
 * which ends without one where nothing has been done. Each desk is for one request: nobody meets what another one has left,
 * and a claim whose process was killed is gone with it.
 */

const STANDBY = `${HOST_PLACES.own}/standby`;

export interface Desk {
  /** The line of whoever has come; undefined when nobody has for that long. */
  wait(seconds: number): string | undefined;
  /** Tells the exit status, if there is one, and takes the desk away. */
  close(status?: number): void;
}

let opened = 0;

export function openDesk(): Desk {
  opened += 1;
  const path = `${STANDBY}/${process.pid}-${opened}`;
  const hidden = hiddenFrom(path);
  makeDirectory(hidden, 0o700);
  const request = makeFifo(`${hidden}/request`, 0o600);
  const answer = makeFifo(`${hidden}/answer`, 0o600);
  renameFile(hidden, path);
  return {
    wait: (seconds) => (waitToRead(request, seconds) ? readAvailable(request) : undefined),
    close: (status) => {
      if (status !== undefined) writeAll(answer, Buffer.from(`${status}\n`));
      for (const descriptor of [request, answer]) closeFile(descriptor);
      removeDesk(path);
    },
  };
}

/** Makes the place of desks, and takes away those whose process has gone. */
export function clearDesks(): void {
  makeTrusted(HOST_PLACES.own);
  makeDirectory(STANDBY, 0o700);
  for (const name of listDirectory(STANDBY)) {
    const [, pid] = /^\.?(\d+)-/.exec(name) ?? [];
    if (pid === String(process.pid) || statusOf(`/proc/${pid}`) === undefined) removeDesk(`${STANDBY}/${name}`);
  }
}

/** Where the script does not look. */
function hiddenFrom(path: string): string {
  return `${dirname(path)}/.${basename(path)}`;
}

/** Out of sight first, so that nobody makes anything in it any more. */
function removeDesk(path: string): void {
  const hidden = basename(path).startsWith(".") ? path : hiddenFrom(path);
  // another one that stands by may be faster
  if (hidden !== path) unlessMissing(() => renameFile(path, hidden));
  using(openTrusted(STANDBY), (parent) => removeTree(parent, basename(hidden)));
}
