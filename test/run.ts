import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type Belongings, changesSince, lookAround } from "./support/belongings.ts";
import { reachable } from "./support/reachable.ts";

/** Runs every `*.test.ts` as a process of its own: `bun test/run.ts [--only unit|integration] [--long] [NAME…]`. */

const ROOT = join(import.meta.dirname, "..");
const TIMEOUT_SECONDS = { unit: 120, integration: 900, long: 3600 } as const;

type Kind = keyof typeof TIMEOUT_SECONDS;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly problems: readonly string[];
  readonly skips: readonly string[];
  readonly output: string;
}

interface TestFile {
  readonly path: string;
  readonly kind: Kind;
}

process.env["DYNUSER_DIST"] = reachable(join(ROOT, "dist"));
const { passed, failed } = await runAll(chooseFiles(process.argv.slice(2)));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function chooseFiles(args: readonly string[]): readonly TestFile[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { only: { type: "string" }, long: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  return globSync("test/**/*.test.ts", { cwd: ROOT })
    .sort()
    .map((path) => ({ path, kind: kindOf(path) }))
    .filter(({ kind }) => (kind === "long" ? values.long : values.only === undefined || kind === values.only))
    .filter(({ path }) => positionals.length === 0 || positionals.some((name) => path.includes(name)));
}

function kindOf(path: string): Kind {
  const [, directory] = path.split("/");
  return directory === "integration" || directory === "long" ? directory : "unit";
}

async function runAll(files: readonly TestFile[]): Promise<{ readonly passed: number; readonly failed: number }> {
  const unit = files.filter(({ kind }) => kind === "unit");
  const rest = files.filter(({ kind }) => kind !== "unit");
  const outcomes: Outcome[] = [];
  await inParallel(unit, availableParallelism(), async (file) => {
    outcomes.push(report(file, await runFile(file)));
  });
  for (const file of rest) outcomes.push(report(file, await runChangingNothing(file)));
  return {
    passed: outcomes.reduce((sum, outcome) => sum + outcome.passed, 0),
    failed: outcomes.reduce((sum, outcome) => sum + outcome.failed, 0),
  };
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** Whatever a file leaves behind on the machine, or takes away, counts as one more failed test of it. */
async function runChangingNothing(file: TestFile): Promise<Outcome> {
  const before: Belongings = lookAround();
  const outcome = await runFile(file);
  const changes = await changesSince(before);
  if (changes.length === 0) return outcome;
  const problem = `changed the machine:\n    ${changes.join("\n    ")}`;
  return { ...outcome, failed: outcome.failed + 1, problems: [...outcome.problems, problem] };
}

async function runFile(file: TestFile): Promise<Outcome> {
  const seconds = TIMEOUT_SECONDS[file.kind];
  const { output, code, timedOut } = await execute(file.path, seconds);
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const total = numberAfter(plain, "Total");
  const passed = numberAfter(plain, "Passed") ?? 0;
  const skipped = numberAfter(plain, "Skipped") ?? 0;
  const skips = [...plain.matchAll(/^skipped: .+$/gm)].map(([line]) => line);

  const problems: string[] = [];
  if (timedOut) problems.push(`not done after ${seconds} s`);
  else if (total === undefined) problems.push("printed no totals: crashed, or test.run() is forgotten");
  else if (total + skipped + skips.length === 0) problems.push("ran no test");
  else if (code !== 0 && passed === total) problems.push(`exited with ${code}`);
  if (skipped > skips.length) problems.push("skipped tests without printing `skipped: REASON`");
  return { passed, failed: (total ?? 0) - passed + problems.length, problems, skips, output };
}

function numberAfter(output: string, label: string): number | undefined {
  const found = [...output.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, "gm"))].at(-1);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

interface Execution {
  readonly output: string;
  readonly code: number | null;
  readonly timedOut: boolean;
}

function execute(path: string, timeoutSeconds: number): Promise<Execution> {
  const child = spawn(process.execPath, [path], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], detached: true });
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

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has gone by itself
  }
}

function report(file: TestFile, outcome: Outcome): Outcome {
  const { passed, failed } = outcome;
  const name = relative("test", file.path);
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed${failed === 0 ? "" : `, ${failed} failed`}`);
  for (const skip of outcome.skips) console.log(`  ${skip}`);
  if (failed > 0) console.log(outcome.output.trimEnd());
  for (const problem of outcome.problems) console.log(`  ${name}: ${problem}`);
  return outcome;
}
