/** Prints each problem on a line of standard error, and exits with 1 if there is one. */
export function report(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
