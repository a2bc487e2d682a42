import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as assert from "uvu/assert";
import { range } from "./modelRange.ts";

const WORKER = join(import.meta.dirname, "modelWorker.ts");
const TURNS_OF_ONE_BOOT = 4000;

export interface ModelSize {
  readonly processes: number;
  readonly turns: number;
  /** One turn of so many is killed at a system call. */
  readonly killOneIn: number;
}

/**
 * Random starts, stops and kills by many processes at once, with simulated reboots: no UID may ever be held by two names,
 * none may be lost, and in the end nothing may be left. Returns a line of figures.
 */
export async function runModel({ processes, turns, killOneIn }: ModelSize): Promise<string> {
  const directory = fs.mkdtempSync("/dev/shm/dynuser-model-");
  fs.chmodSync(directory, 0o755);
  const printed: string[] = [];
  let kills = 0;
  let boots = 0;
  let done = 0;
  const work = async (until: number): Promise<void> => {
    while (done < until) {
      const child = spawn(process.execPath, [WORKER, directory, "200", String(killOneIn)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child.stdout.setEncoding("utf8");
      let rest = "";
      child.stdout.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        done += lines.filter((line) => line === "turn").length;
        printed.push(...lines.filter((line) => line !== "turn"));
        if (done >= until) child.kill("SIGKILL");
      });
      const [code, signal] = await once(child, "close");
      if (signal === "SIGKILL") kills += 1;
      else if (code !== 0) printed.push(`ended with ${code ?? signal}`);
    }
  };
  try {
    while (done < turns) {
      boots += 1;
      boot(directory, boots);
      const until = Math.min(turns, done + Math.min(TURNS_OF_ONE_BOOT, Math.ceil(turns / 3)));
      await Promise.all(Array.from({ length: processes }, () => work(until)));
      // without an end in order: as when the power fails
      if (done < turns) endAll();
    }
    await settle(directory);
    endSome();
    assert.equal(printed, []);
    checkEnd(directory);
  } finally {
    endAll();
    fs.rmSync(directory, { recursive: true });
  }
  return `${done} turns of ${processes} processes, ${kills} killed at a system call, ${boots} boots`;
}

/** Every other time /run outlives it, as in a container. */
function boot(directory: string, number: number): void {
  fs.writeFileSync(`${directory}/boot`, `boot-${number}\n`);
  if (number % 2 === 0)
    for (const path of ["own", "userdb", "dynamic-uid"]) fs.rmSync(`${directory}/${path}`, { recursive: true });
  fs.rmSync(`${directory}/proof`, { recursive: true, force: true });
}

/** What a killed process was creating ends by itself. */
async function settle(directory: string): Promise<void> {
  const isStarting = (pid: string) => read(`/proc/${pid}/cmdline`).includes(directory);
  while (fs.readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && isStarting(pid))) await pause(5);
}

function containers(): readonly string[] {
  return fs.readdirSync("/proc").filter((pid) => {
    const status = /^\d+$/.test(pid) && fs.existsSync(`/proc/${pid}/status`) ? read(`/proc/${pid}/status`) : "";
    const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1] ?? 0);
    const isGone = /^State:\t[ZX]/m.test(status);
    return !isGone && range.first <= uid && uid <= range.last;
  });
}

function read(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function endAll(): void {
  end(containers());
}

/** Half of the containers end by themselves, the other half is stopped below. */
function endSome(): void {
  end(containers().filter((_, index) => index % 2 === 0));
}

/** A killed process takes its time. */
function end(pids: readonly string[]): void {
  if (pids.length > 0) spawnSync("kill", ["-KILL", ...pids]);
  while (containers().some((pid) => pids.includes(pid)))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

function checkEnd(directory: string): void {
  const boot = fs.readFileSync(`${directory}/boot`, "utf8");
  const stopped = spawnSync(process.execPath, [join(import.meta.dirname, "modelEnd.ts"), directory], {
    encoding: "utf8",
  });
  assert.is(stopped.stdout + stopped.stderr, "", boot);
}
