import type { FileChange } from "./setup.ts";

const CONTEXT = 3;

/** As `diff -u` shows one change: what is between the first and the last line that differ. */
export function formatDiff({ path, before, after }: FileChange): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const start = commonLength(old, now);
  const end = commonLength(old.slice(start).toReversed(), now.slice(start).toReversed());
  const from = Math.max(0, start - CONTEXT);
  const tail = old.slice(old.length - end, old.length - end + CONTEXT);
  const [removed, added] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const head = old.slice(from, start);
  const count = (lines: readonly string[]) => head.length + lines.length + tail.length;
  return [
    `--- ${before === undefined ? "/dev/null" : path}`,
    `+++ ${after === undefined ? "/dev/null" : path}`,
    `@@ -${before === undefined ? 0 : from + 1},${count(removed)} +${after === undefined ? 0 : from + 1},${count(added)} @@`,
    ...head.map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...tail.map((line) => ` ${line}`),
  ].join("\n");
}

function linesOf(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((line, index) => line !== b[index]);
  return differs < 0 ? a.length : differs;
}
