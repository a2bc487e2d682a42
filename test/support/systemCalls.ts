import { readFileSync } from "node:fs";

/* How many system calls a program makes, by strace(1): exact figures, without what the JavaScript engine does for itself. */

/** Memory, threads and time are the engine's: how often it asks for them differs from run to run. */
const OWN = ["futex", "madvise", "mmap", "munmap", "mprotect", "mremap", "brk", "sched_yield", "restart_syscall"];

/** What stands before a command so that its calls, and those of its children, go into the file `log`. */
export function tracing(log: string): readonly string[] {
  return ["strace", "-f", "-qq", "-y", "-s", "200", "-o", log, "-e", `trace=!${OWN.join(",")}`, "-e", "signal=none"];
}

interface Line {
  readonly thread: number;
  /** As strace writes it: `openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 3</etc/passwd>`, or `<... read resumed>…` */
  readonly text: string;
}

/** The engine reads its own size in between. */
function readLines(log: string): readonly Line[] {
  return readFileSync(log, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, thread, text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
      return thread === undefined || text.includes("/statm") ? [] : [{ thread: Number(thread), text }];
    });
}

function begins({ text }: Line): boolean {
  return /^\w+\(/.test(text);
}

/** The calls of the thread that made the first one. */
export function callsOfProgram(log: string): readonly string[] {
  const lines = readLines(log);
  return lines.filter((line) => line.thread === lines[0]?.thread && begins(line)).map(({ text }) => text);
}

/** The calls of a standby process from its last request of these words to the answer. */
export function callsForRequest(log: string, words: string): readonly string[] {
  const lines = readLines(log);
  const asked = lines.findLastIndex(({ text }) => /\bread\b/.test(text) && text.includes(` ${words}\\n`));
  const own = lines.slice(asked).filter(({ thread }) => thread === lines[asked]?.thread);
  const answered = own.findIndex(({ text }) => /^write\(\d+<\/dev\/pt/.test(text));
  return own
    .slice(0, answered)
    .filter(begins)
    .map(({ text }) => text);
}
