import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** `measure.ts PLAN.json` times the commands of a plan, one after the other in each round, where it is run. */

export interface MeasurePlan {
  readonly rounds: number;
  /** Empties the kernel's caches before each run. */
  readonly cold: "yes" | "no";
  readonly commands: Readonly<Record<string, readonly string[]>>;
  /** What has to be done before a command each time, untimed. */
  readonly before?: Readonly<Record<string, readonly string[]>>;
  /** What has to be done after a command for the next time, untimed. */
  readonly afterwards?: Readonly<Record<string, readonly string[]>>;
  /** Directories to fill first: path → number of files; owned by nobody, as systemd leaves them. */
  readonly fill: Readonly<Record<string, number>>;
}

export interface Measurement {
  readonly milliseconds: Readonly<Record<string, readonly number[]>>;
  /** What went wrong with a command that is left out. */
  readonly failures: Readonly<Record<string, string>>;
}

const NOBODY = 65534;
const ERRORS = "/tmp/bench-errors";

const [planPath] = process.argv.slice(2);
if (planPath !== undefined) console.log(JSON.stringify(measure(JSON.parse(readFileSync(planPath, "utf8")))));

function measure(plan: MeasurePlan): Measurement {
  for (const [path, count] of Object.entries(plan.fill)) fill(path, count);
  const samples = Object.entries(plan.commands).map(([name, command]) => {
    const around = { before: plan.before?.[name], afterwards: plan.afterwards?.[name] };
    return { name, command, ...around, ...firstSample(command, around) };
  });
  for (let round = 0; round < plan.rounds; round++) {
    for (const sample of samples) if (sample.failure === undefined) sample.milliseconds.push(timeAmong(sample, plan));
  }
  rmSync(ERRORS);
  return {
    milliseconds: Object.fromEntries(samples.map(({ name, milliseconds }) => [name, milliseconds])),
    failures: Object.fromEntries(
      samples.flatMap(({ name, failure }) => (failure === undefined ? [] : [[name, failure]])),
    ),
  };
}

interface Around {
  readonly before: readonly string[] | undefined;
  readonly afterwards: readonly string[] | undefined;
}

function timeAmong(
  { command, before, afterwards }: Around & { readonly command: readonly string[] },
  { cold }: MeasurePlan,
): number {
  if (before !== undefined) time(before);
  if (cold === "yes") dropCaches();
  const { elapsed } = time(command);
  if (afterwards !== undefined) time(afterwards);
  return elapsed;
}

/** Finds out what does not work here, and warms up. */
function firstSample(
  command: readonly string[],
  { before, afterwards }: Around,
): { readonly milliseconds: number[]; readonly failure?: string } {
  if (before !== undefined) time(before);
  const { failure } = time(command);
  if (afterwards !== undefined) time(afterwards);
  return failure === undefined ? { milliseconds: [] } : { milliseconds: [], failure };
}

/** Standard error is a file: of a pipe the end would never come, since what a command leaves running has it too. */
function time([program = "", ...args]: readonly string[]): { readonly elapsed: number; readonly failure?: string } {
  const errors = openSync(ERRORS, "w");
  const start = performance.now();
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", errors] });
  const elapsed = performance.now() - start;
  closeSync(errors);
  if (error !== undefined) return { elapsed, failure: error.message };
  if (status === 0) return { elapsed };
  return { elapsed, failure: readFileSync(ERRORS, "utf8").trim().split("\n").at(-1) || `status ${status}` };
}

function dropCaches(): void {
  spawnSync("sync");
  writeFileSync("/proc/sys/vm/drop_caches", "3");
}

function fill(path: string, count: number): void {
  mkdirSync(path, { recursive: true });
  for (let index = 0; index < count; index++) writeFileSync(`${path}/${index}`, "");
  spawnSync("chown", ["-R", `${NOBODY}:${NOBODY}`, path]);
}
