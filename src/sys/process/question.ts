/** Whether a person can be asked: standard input and standard error are a terminal. */
export function canAsk(): boolean {
  const { isatty } = process.getBuiltinModule("node:tty");
  return isatty(0) && isatty(2);
}

/** Asks on standard error; true for an answer that begins with y. */
export function confirm(question: string): boolean {
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  writeSync(2, `${question} [y/N] `);
  const answer = Buffer.alloc(256);
  const length = readSync(0, answer);
  return /^\s*y/i.test(answer.toString("utf8", 0, length));
}
