import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { missingTests } from "./support/namedTests.ts";

/**
 * Runs every `*.test.ts` as its own process: `bun test/run.ts [--only unit|integration] [--long] [--retry] [NAME…]`.
 * Integration tests run on their own part of the machine (support/hosts/isolate.sh), several at once; what they leave
 * there fails them. With --retry a file that failed runs once more at the end, alone; one that passes then is reported.
 */

const ROOT = join(import.meta.dirname, "..");
const ISOLATION = ["test/support/hosts/isolate.sh", ROOT, process.execPath, "test/support/hosts/isolated.ts"];
/** The document that names a test for each of its claims. */
const PROOFS = "docs/security.md";
/** What test/support/suite.ts prints at the end. */
const RAN = /^ran: (\[.*\])\n/m;
const SLOWEST = 10;
const TIMEOUT_SECONDS = { unit: 300, integration: 900, long: 3600 } as const;

type Kind = keyof typeof TIMEOUT_SECONDS;

interface Outcome {
  readonly file: TestFile;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly problems: readonly string[];
  readonly skips: readonly string[];
  /** Titles of the tests that ran. */
  readonly ran: readonly string[];
  readonly output: string;
}

interface TestFile {
  readonly path: string;
  readonly kind: Kind;
}

const { values: options, positionals: names } = parseArgs({
  options: {
    only: { type: "string" },
    long: { type: "boolean", default: false },
    retry: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const first = await runAll(chooseFiles());
const outcomes = options.retry ? await retryFailed(first) : first;
printSlowest(outcomes);
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const unproven = findUnproven(outcomes);
for (const problem of unproven) console.log(`FAIL ${PROOFS}: ${problem}`);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, unproven.length);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function chooseFiles(): readonly TestFile[] {
  return globSync("test/**/*.test.ts", { cwd: ROOT })
    .sort()
    .map((path) => ({ path, kind: kindOf(path) }))
    .filter(({ kind }) => (kind === "long" ? options.long : options.only === undefined || kind === options.only))
    .filter(({ path }) => names.length === 0 || names.some((name) => path.includes(name)));
}

function kindOf(path: string): Kind {
  const [, directory] = path.split("/");
  return directory === "integration" || directory === "long" ? directory : "unit";
}

async function runAll(files: readonly TestFile[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  await inParallel(files, availableParallelism(), async (file) => {
    const outcome = await runFile(file);
    report(outcome);
    outcomes.push(outcome);
  });
  return outcomes;
}

/** A test that fails beside other programs and passes alone depends on time: the report says so, for someone to mend it. */
async function retryFailed(outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  const settled: Outcome[] = [];
  for (const outcome of outcomes) settled.push(outcome.failed === 0 ? outcome : await retry(outcome));
  return settled;
}

async function retry({ file }: Outcome): Promise<Outcome> {
  const outcome = await runFile(file);
  report(outcome);
  if (outcome.failed === 0) console.log(`  flaky: failed beside others, and passed alone`);
  return outcome;
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function runFile(file: TestFile): Promise<Outcome> {
  const limit = TIMEOUT_SECONDS[file.kind];
  const started = performance.now();
  const { output, code, timedOut } = await execute(commandOf(file), limit);
  const seconds = (performance.now() - started) / 1000;
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const total = numberAfter(plain, "Total");
  const passed = numberAfter(plain, "Passed") ?? 0;
  const skipped = numberAfter(plain, "Skipped") ?? 0;
  const skips = [...plain.matchAll(/^skipped: .+$/gm)].map(([line]) => line);

  const problems: string[] = [];
  if (timedOut) problems.push(`not done after ${limit} s`);
  else if (total === undefined) problems.push("printed no totals: crashed, or test.run() is forgotten");
  else if (total + skipped + skips.length === 0) problems.push("ran no test");
  else if (code !== 0 && passed === total) problems.push(`exited with ${code}`);
  if (skipped > skips.length) problems.push("skipped tests without printing `skipped: REASON`");
  const changes = [...plain.matchAll(/^changed: (.+)$/gm)].map(([, change]) => change!);
  problems.push(...changes.filter((one) => !isOfOthers(one)).map((change) => `changed the machine: ${change}`));
  const ran = JSON.parse(RAN.exec(plain)?.[1] ?? "[]") as readonly string[];
  const failed = (total ?? 0) - passed + problems.length;
  return { file, seconds, passed, failed, problems, skips, ran, output: output.replace(RAN, "") };
}

/** Tests of the files that ran which the document names, and which did not run. */
function findUnproven(outcomes: readonly Outcome[]): readonly string[] {
  const ran = new Map(outcomes.map((outcome) => [outcome.file.path, outcome.ran]));
  return missingTests(readFileSync(join(ROOT, PROOFS), "utf8"), ran);
}

/** A file of tests changes an overlay of these, and sees what other programs change at the same time. */
function isOfOthers(change: string): boolean {
  const [, kind, path] = /^(left behind|taken away): file (\/(?:root|home)\/.*)$/.exec(change) ?? [];
  return path !== undefined && existsSync(path) === (kind === "left behind");
}

function commandOf({ kind, path }: TestFile): readonly string[] {
  return kind === "unit" ? [process.execPath, path] : ["sh", ...ISOLATION, path];
}

/** Of all totals in the output: uvu prints one for each time that suites have been waiting to run. */
function numberAfter(output: string, label: string): number | undefined {
  const found = [...output.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, "gm"))].map(([, number]) => Number(number));
  return found.length === 0 ? undefined : found.reduce((sum, number) => sum + number);
}

interface Execution {
  readonly output: string;
  readonly code: number | null;
  readonly timedOut: boolean;
}

function execute([program = "", ...args]: readonly string[], timeoutSeconds: number): Promise<Execution> {
  const env = { ...process.env, TEST_TITLES: "yes" };
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let timedOut = false;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, timeoutSeconds * 1000);
  const stop = (): void => {
    killGroup(child.pid);
    process.exit(130);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", stop).off("SIGTERM", stop);
      resolve({ output, code, timedOut });
    }),
  );
}

/** SIGTERM, on which isolate.sh ends all processes of the file and removes its cgroups. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // it has ended by itself
  }
}

function report({ file, seconds, passed, failed, skips, output, problems }: Outcome): void {
  const name = relative("test", file.path);
  const counts = `${passed} passed${failed === 0 ? "" : `, ${failed} failed`}`;
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
  for (const skip of skips) console.log(`  ${skip}`);
  if (failed > 0) console.log(output.trimEnd());
  for (const problem of problems) console.log(`  ${name}: ${problem}`);
}

function printSlowest(outcomes: readonly Outcome[]): void {
  const slowest = outcomes.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.log("slowest files:");
  for (const { file, seconds } of slowest) console.log(`  ${seconds.toFixed(1)} s ${relative("test", file.path)}`);
}
