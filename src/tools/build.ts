import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { muteEnvironment } from "./muteEnvironment.ts";

const ROOT = join(import.meta.dirname, "../..");
const BINARY = join(ROOT, "dist/dynuser");
const TRAMPOLINE = join(ROOT, "libexec/dynuser");

/**
 * A compiled program otherwise loads `.env` and runs `preload` of `bunfig.toml` from the current directory, which for us
 * is a bundle that somebody else may have written. Split: what a command does not import is not even loaded, which halves
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

build();

function build(): void {
  bun([join(import.meta.dirname, "generate.ts")]);
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  compile();
  copyTrampoline();
}

/** In its place only when it is whole: tests may be running the earlier one. */
function compile(): void {
  const raw = `${BINARY}.raw`;
  bun(["build", ...FLAGS, join(ROOT, "src/main.ts"), "--outfile", raw]);
  const program = readFileSync(raw);
  muteEnvironment(program);
  writeFileSync(raw, program);
  renameSync(raw, BINARY);
}

/** One script under two names: its file name is the low-level runtime that it stands for. */
function copyTrampoline(): void {
  if (!existsSync(TRAMPOLINE)) return;
  mkdirSync(join(ROOT, "dist/libexec"), { recursive: true });
  for (const name of ["crun", "runc"]) copyFileSync(TRAMPOLINE, join(ROOT, "dist/libexec", name));
}

function bun(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}
