import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bun, compile, ROOT } from "./compile.ts";

const TRAMPOLINE = join(ROOT, "libexec/dynuser");

build();

function build(): void {
  bun([join(import.meta.dirname, "generate.ts")]);
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  compile(join(ROOT, "dist/dynuser"));
  copyTrampoline();
}

/** One script under each of its names: the low-level runtimes that it stands for, and what hooks run. */
function copyTrampoline(): void {
  if (!existsSync(TRAMPOLINE)) return;
  mkdirSync(join(ROOT, "dist/libexec"), { recursive: true });
  for (const name of ["crun", "runc", "call"]) copyFileSync(TRAMPOLINE, join(ROOT, "dist/libexec", name));
}
