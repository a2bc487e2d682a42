import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, watch } from "node:fs";
import { basename, join } from "node:path";

/**
 * Runs the scripts of test/vm/ in a virtual machine with Debian 13, one after the other, and prints what they saw:
 * `bun test/vm.ts [--again] [NAME…]`. Results stay in RUN, so a run that was interrupted goes on where it was; `--again`
 * begins from the start. A script may reset the machine, which is booted again then. It is slow: an emulated processor.
 */

const ROOT = join(import.meta.dirname, "..");
const RUN = "/var/cache/dynuser/vm-run";
const BOOTS = 6;
const MINUTES = 90;

const args = process.argv.slice(2);
if (args.includes("--again")) rmSync(RUN, { recursive: true, force: true });
const names = args.filter((word) => word !== "--again");
const scripts = globSync("test/vm/*.sh", { cwd: ROOT })
  .map((path) => basename(path))
  .filter((name) => name !== "lib.sh" && (names.length === 0 || names.some((word) => name.includes(word))))
  .sort();
mkdirSync(RUN, { recursive: true });
provide();
const deadline = Date.now() + MINUTES * 60_000;
for (let boots = 0; boots < BOOTS && left().length > 0 && Date.now() < deadline; boots++) await boot();
process.exitCode = report() ? 0 : 1;

/** The package, and what the scripts share. */
function provide(): void {
  const [debian] = globSync("dist/dynuser_*_amd64.deb", { cwd: ROOT });
  if (debian === undefined) throw new Error("no package in dist: npm run package");
  copyFileSync(join(ROOT, debian), join(RUN, "dynuser.deb"));
  copyFileSync(join(ROOT, "test/vm/lib.sh"), join(RUN, "lib"));
}

function left(): readonly string[] {
  return scripts.filter((name) => !existsSync(resultOf(name)));
}

function resultOf(script: string): string {
  return join(RUN, script.replace(/\.sh$/, ".rc"));
}

/** Hands the scripts over one by one, until all have run or the machine has ended. */
async function boot(): Promise<void> {
  const machine = spawn("sh", [join(ROOT, "tools/vm.sh"), "boot", RUN], { stdio: ["ignore", "pipe", "inherit"] });
  let console = "";
  machine.stdout.on("data", (text) => {
    console = (console + text).slice(-4000);
  });
  const ended = once(machine, "exit").then(() => "ended" as const);
  for (const script of left()) {
    copyFileSync(join(ROOT, "test/vm", script), join(RUN, script));
    if ((await Promise.race([ended, result(script)])) === "ended") return printConsole(console);
    print(script);
  }
  await powerOff(machine, ended);
}

function result(script: string): Promise<"result"> {
  return new Promise((resolve) => {
    const look = () => {
      if (!existsSync(resultOf(script)) && Date.now() < deadline) return;
      watcher.close();
      clearInterval(timer);
      resolve("result");
    };
    // what the machine renames is not always noticed
    const watcher = watch(RUN, look);
    const timer = setInterval(look, 5000);
    look();
  });
}

async function powerOff(machine: ChildProcess, ended: Promise<unknown>): Promise<void> {
  machine.kill("SIGTERM");
  await ended;
}

function printConsole(text: string): void {
  console.log(`the machine has ended; the end of its console:\n${text.slice(-1500)}`);
}

function print(script: string): void {
  const name = script.replace(/\.sh$/, "");
  const file = join(RUN, `${name}.out`);
  const output = existsSync(file) ? readFileSync(file, "utf8") : "";
  console.log(`${name}:\n${output.replace(/^/gm, "  ")}`);
}

/** Whether everything ran and no check failed. */
function report(): boolean {
  const outputs = scripts.map((name) => [name, join(RUN, name.replace(/\.sh$/, ".out"))] as const);
  const lines = outputs.flatMap(([, file]) => (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []));
  const count = (word: string) => lines.filter((line) => line.startsWith(`${word} - `)).length;
  for (const name of left()) console.log(`${name}: has not run`);
  for (const line of lines) if (line.startsWith("FAIL - ")) console.log(line);
  const { stdout } = spawnSync("grep", ["-E", "^(systemd|podman|crun|runc) ", "/var/cache/dynuser/vm/versions"], {
    encoding: "utf8",
  });
  console.log(stdout.trim().replaceAll("\n", ", "));
  console.log(`${count("ok")} passed, ${count("FAIL")} failed`);
  return left().length === 0 && count("FAIL") === 0 && count("ok") > 0;
}
