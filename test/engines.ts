import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { limitsOf, versionOf } from "./support/engines/versionLimits.ts";
import { openRoot, SUITES, type Suite } from "./support/hosts/roots.ts";

/**
 * Runs the tests of engines and runtimes in root trees of several releases of Debian, each with its own engines:
 * `bun test/engines.ts [SUITE…] [NAME…]`. NAMEs choose test files, as for test/run.ts.
 */

const ROOT = join(import.meta.dirname, "..");
const FILES = [
  "test/integration/engines/*.test.ts",
  "test/integration/run/run.test.ts",
  "test/integration/people/doctor.test.ts",
];

/** Files of engines that are not run here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "quadlet.test.ts": "boots its own systems, the newest among them, in npm test",
  "prepareFaults.test.ts": "the steps of dynuser are the same for each engine",
  "argumentsFuzz.test.ts": "compares parsers, with the newest crun in npm test",
  "load.test.ts": "measures dynuser",
};
const PROGRAMS = ["podman", "crun", "runc", "conmon", "containerd", "dockerd", "systemctl"];

/** `FILE: N passed[, M failed]`, as test/run.ts prints it. */
const REPORT = /^(?:ok {2}|FAIL) (\S+): (\d+) passed(?:, (\d+) failed)?/;

type Counts = Readonly<{ passed: number; failed: number }>;
type Results = ReadonlyMap<string, Counts>;

const { suites, names } = chooseWork(process.argv.slice(2));
const results = new Map<Suite, Results>();
for (const suite of suites) results.set(suite, await testIn(suite, names));
printTable(results);
const all = [...results.values()].flatMap((files) => [...files.values()]);
const sum = (which: keyof Counts): number => all.reduce((total, counts) => total + counts[which], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;

function chooseWork(words: readonly string[]): { suites: readonly Suite[]; names: readonly string[] } {
  const isSuite = (word: string): word is Suite => (SUITES as readonly string[]).includes(word);
  const suites = words.filter(isSuite);
  const names = words.filter((word) => !isSuite(word));
  return { suites: suites.length > 0 ? suites : SUITES, names: names.length > 0 ? names : enginesFiles() };
}

function enginesFiles(): readonly string[] {
  return globSync(FILES, { cwd: ROOT }).filter((path) => ELSEWHERE[basename(path)] === undefined);
}

async function testIn(suite: Suite, names: readonly string[]): Promise<Results> {
  const root = await openRoot(suite);
  const stop = (): void => void root.close().then(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    console.log(`${suite}: ${PROGRAMS.map((program) => `${program} ${versionOf(root, program)}`).join(", ")}`);
    for (const line of limitsOf(root)) console.log(`${suite}: ${line}`);
    const command = ["env", `--chdir=${ROOT}`, process.execPath, "test/run.ts", "--only", "integration", ...names];
    return await runTests(suite, [...root.enter, "--", ...command]);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await root.close();
  }
}

async function runTests(suite: Suite, enter: readonly string[]): Promise<Results> {
  const child = spawn("nsenter", enter, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const found = new Map<string, Counts>();
  for await (const line of createInterface(child.stdout)) {
    console.log(`${suite}: ${line}`);
    const [, file, passed, failed = "0"] = REPORT.exec(line) ?? [];
    if (file !== undefined) found.set(file, { passed: Number(passed), failed: Number(failed) });
  }
  const [code] = await ended;
  if (code !== 0 && [...found.values()].every(({ failed }) => failed === 0))
    throw new Error(`run.ts ended with ${code}`);
  return found;
}

function printTable(results: ReadonlyMap<Suite, Results>): void {
  const files = [...new Set([...results.values()].flatMap((found) => [...found.keys()]))].sort();
  const width = Math.max(...files.map((file) => file.length));
  const row = (head: string, cells: readonly string[]): string =>
    [head.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join("  ");
  console.log(row("", [...results.keys()]));
  for (const file of files)
    console.log(
      row(
        file,
        [...results.values()].map((found) => cellOf(found.get(file))),
      ),
    );
}

function cellOf(counts: Counts | undefined): string {
  if (counts === undefined) return "-";
  return counts.failed === 0 ? `${counts.passed}` : `${counts.failed} FAIL`;
}
