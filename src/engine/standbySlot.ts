import { basename, dirname } from "node:path";
import { STATE_DIRECTORY } from "../model/paths.ts";
import { openTrusted, using } from "../sys/files/directory.ts";
import { listDirectory, makeDirectory, renameFile } from "../sys/files/files.ts";
import { ensureDirectory, PRIVATE, PUBLIC } from "../sys/files/ownDirectory.ts";
import { removeTree } from "../sys/files/removeTree.ts";
import { type FileStatus, readStatusAt, statusOf } from "../sys/files/status.ts";
import { replaceLink } from "../sys/files/write.ts";
import { waitToRead } from "../sys/kernel/libc.ts";
import { unlessMissing } from "../sys/kernel/system.ts";
import { answerLine, closeLine, hasText, isHungUp, openLine, readLine } from "../sys/process/line.ts";

/*
 * Where libexec/dynuser finds a standby process: /run/dynuser/standby/PID-NUMBER. A client claims the slot by creating the
 * file `taken`, opens the terminal line that `line` leads to, writes its request and reads the answer. Each slot is for one
 * request. The link leads to /proc/PID/fd, which the kernel opens to processes alone that may trace the standby process.
 */

const STANDBY = `${STATE_DIRECTORY}/standby`;

/** A read of the client waits this long; then the client kills a standby process that is stopped. */
const ANSWER_SECONDS = 5;

/** The answer to a request that the standby process does not serve. */
export const DECLINED = "-";

export interface StandbySlot {
  /** The line that the client has open. */
  readonly line: FileStatus;
  /** The standby process's end of it. */
  readonly near: number;
  /** The request; undefined when none has come for that long. */
  wait(seconds: number): string | undefined;
  /** Whether a request has come. */
  isAsked(): boolean;
  answer(text: string): void;
  /** Removes the slot, once it is answered. */
  remove(): void;
  /** Closes the line if the client has read the answer, or has had a few seconds for it, which `patiently` waits for. */
  close(how: "at once" | "patiently"): boolean;
}

let opened = 0;

export function openSlot(): StandbySlot {
  opened += 1;
  const path = `${STANDBY}/${process.pid}-${opened}`;
  const hidden = hiddenFrom(path);
  makeDirectory(hidden, PRIVATE);
  const line = openLine(ANSWER_SECONDS);
  replaceLink(`${hidden}/line`, `/proc/${process.pid}/fd/${line.far}`);
  renameFile(hidden, path);
  let deadline = 0;
  return {
    line: readStatusAt(line.far),
    near: line.near,
    wait: (seconds) => readLine(line, seconds),
    isAsked: () => hasText(line),
    // the client has claimed the slot, so that no other one can while its directory is still there
    answer: (text) => {
      answerLine(line, text);
      deadline = performance.now() + ANSWER_SECONDS * 1000;
    },
    remove: () => removeSlot(path),
    close: (how) => {
      const left = Math.max(0, deadline - performance.now());
      const isOver =
        isHungUp(line, how === "at once" ? 0 : Math.ceil(left / 1000)) || how === "patiently" || left === 0;
      if (isOver) closeLine(line);
      return isOver;
    },
  };
}

/** Closes the lines of answered slots as their clients read, until a request has come. @returns those that are left */
export function closeRead(answered: readonly StandbySlot[], next: StandbySlot): readonly StandbySlot[] {
  let left = answered;
  while (left.length > 0 && !next.isAsked()) {
    const ends = left.map(({ near }) => near);
    waitToRead(next.near, ANSWER_SECONDS, ends);
    left = left.filter((one) => !one.close("at once"));
  }
  return left;
}

/** Makes the directory of slots, and removes those of processes that have ended. */
export function removeStaleSlots(): void {
  ensureDirectory(STATE_DIRECTORY, PUBLIC);
  ensureDirectory(STANDBY, PRIVATE);
  for (const name of listDirectory(STANDBY)) {
    const [, pid] = /^\.?(\d+)-/.exec(name) ?? [];
    if (pid === String(process.pid) || statusOf(`/proc/${pid}`) === undefined) removeSlot(`${STANDBY}/${name}`);
  }
}

/** Where the script does not look. */
function hiddenFrom(path: string): string {
  return `${dirname(path)}/.${basename(path)}`;
}

/** It is hidden first, so that no client creates a file in it any more; another standby process may be faster. */
function removeSlot(path: string): void {
  const hidden = basename(path).startsWith(".") ? path : hiddenFrom(path);
  if (hidden !== path) unlessMissing(() => renameFile(path, hidden));
  using(openTrusted(STANDBY), (parent) => removeTree(parent, basename(hidden)));
}
