import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES, type RuntimeName } from "../hosts/comparisonHost.ts";
import { type LifecycleCase, LOG } from "./lifecycles.ts";

const NAMES = Object.keys(RUNTIMES) as RuntimeName[];
const DEADLINE_MS = 20_000;

let laboratory: Laboratory;

/** Declares tests: each unit lives under systemd 257 and under dynuser, and its commands see and do the same. */
export function holdLivesAgainstSystemd(test: Test, cases: readonly LifecycleCase[]): void {
  test.before(async () => {
    laboratory = await openLaboratory();
  });
  test.after(() => laboratory?.stop());

  for (const [index, one] of cases.entries()) {
    const unit = `life${index}.service`;
    let expected: string;

    test(`systemd: ${one.title}`, async () => {
      expected = await liveUnderSystemd(unit, one);
      assert.is(expected === "", one.isRefused === true);
    });

    // What is decided is the same with both, so that each has every other one; what commands may is not.
    for (const runtime of NAMES.filter((_, place) => one.concernsRuntime === true || place === index % 2)) {
      test(`${runtime}: ${one.title}`, async () => {
        assert.is(await liveUnderDynuser(unit, one, runtime), expected);
      });
    }
  }
}

/** What the commands have written, and whether systemd takes it for a failure. */
async function liveUnderSystemd(unit: string, one: LifecycleCase): Promise<string> {
  const { root, run } = laboratory.reference;
  prepare();
  writeFileSync(`${root}/run/systemd/system/${unit}`, `[Unit]\nStartLimitIntervalSec=0\n[Service]\n${one.unit}\n`);
  run(["systemctl", "daemon-reload"]);
  run(["systemctl", "start", "--no-block", unit]);
  await actUpon(one, {
    reload: () => run(["systemctl", "reload", unit]),
    stop: () => run(["systemctl", "stop", unit]),
    isIdle: () => systemdState(unit) === "active",
  });
  await until(`${unit} to end`, () => /^(?:inactive|failed)$/.test(systemdState(unit)));
  // now and then systemd leaves what RuntimeDirectoryPreserve=restart has kept
  run(["systemctl", "clean", "--what=runtime", unit]);
  return readLog();
}

function systemdState(unit: string): string {
  const { stdout } = laboratory.reference.run(["systemctl", "show", "-P", "ActiveState", unit]);
  const isQueued = laboratory.reference.run(["systemctl", "list-jobs", "--no-legend", unit]).stdout.trim() !== "";
  return isQueued ? "queued" : stdout.trim();
}

async function liveUnderDynuser(unit: string, one: LifecycleCase, runtime: RuntimeName): Promise<string> {
  const { root, enter } = laboratory.reference;
  prepare();
  const path = `/run/lifecycle/${unit}`;
  writeFileSync(root + path, `[Service]\n${one.unit}\n`);
  const [program, ...args] = enter([DYNUSER, "run", "--runtime", RUNTIMES[runtime], "--unit", path]);
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const tell = (signal: NodeJS.Signals) => process.kill(dynuserBelow(child.pid!), signal);
  await actUpon(one, {
    reload: () => tell("SIGHUP"),
    stop: () => tell("SIGTERM"),
    isIdle: () => childrenOf(dynuserBelow(child.pid!)).length === 0,
  });
  await Promise.race([ended, pause(DEADLINE_MS, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null)
    throw new Error(`dynuser does not end: ${readLog()}${errors}`);
  return readLog();
}

/** nsenter waits for what it has started, and so does `env`. */
function dynuserBelow(pid: number): number {
  if (readFileSync(`/proc/${pid}/comm`, "utf8") === "dynuser\n") return pid;
  return dynuserBelow(childrenOf(pid)[0]!);
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

interface Means {
  reload(): void;
  stop(): void;
  isIdle(): boolean;
}

async function actUpon(
  { reloadAfter, stopAfter, stopWhenIdle }: LifecycleCase,
  { reload, stop, isIdle }: Means,
): Promise<void> {
  if (reloadAfter !== undefined) {
    await until(`the line ${reloadAfter}`, () => readLog().includes(`${reloadAfter}\n`));
    reload();
  }
  if (stopAfter !== undefined) {
    await until(`the line ${stopAfter}`, () => readLog().includes(`${stopAfter}\n`));
    if (stopWhenIdle) await until("the last command", isIdle);
    stop();
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !isSo(); await pause(5)) {
    if (Date.now() > deadline) throw new Error(`waited for ${what} in vain: ${readLog()}`);
  }
}

function prepare(): void {
  const place = `${laboratory.reference.root}/run/lifecycle`;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  chmodSync(place, 0o777);
  laboratory.reference.run(["mkfifo", "-m", "666", "/run/lifecycle/fifo"]);
}

function readLog(): string {
  const path = laboratory.reference.root + LOG;
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
