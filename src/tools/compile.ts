import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { surviveDeletedDirectory } from "./deletedDirectory.ts";
import { disableRuntimeVariables } from "./muteEnvironment.ts";

export const ROOT = join(import.meta.dirname, "../..");

/**
 * A compiled program otherwise loads `.env` and runs `preload` of `bunfig.toml` from the current directory, which
 * is a bundle that another user may have written. Split: modules that a command does not import are not loaded, which halves
 * the start of the small ones. The JIT compiler waits a hundred times longer than it would, since nothing here lives long
 * enough to pay for it: a quarter of the processor time of a start. Not minified: stack traces stay readable and it starts
 * no faster.
 */
const FLAGS = [
  "--compile",
  "--bytecode",
  "--splitting",
  "--compile-jit-policy=100",
  "--format=esm",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/** Another kind of machine: Bun's name of it, and Bun's program for it. */
export interface Target {
  readonly name: string;
  readonly arch: "x64" | "arm64";
  readonly bun: string;
}

/** In its place only when it is whole: tests may be running the earlier one. */
export function compile(binary: string, target?: Target): void {
  const raw = `${binary}.raw`;
  const cross = target === undefined ? [] : [`--target=bun-${target.name}`, `--compile-executable-path=${target.bun}`];
  bun(["build", ...FLAGS, ...cross, join(ROOT, "src/main.ts"), "--outfile", raw]);
  const program = readFileSync(raw);
  const arch = target?.arch ?? process.arch;
  disableRuntimeVariables(program, arch);
  surviveDeletedDirectory(program, arch);
  writeFileSync(raw, program);
  renameSync(raw, binary);
}

export function bun(args: readonly string[]): void {
  run(process.execPath, args);
}

/** Ends with the program's status when that is not 0. */
export function run(program: string, args: readonly string[], cwd = ROOT): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}
