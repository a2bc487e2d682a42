import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bun, compile, ROOT } from "./compile.ts";

const TRAMPOLINE = join(ROOT, "libexec/dynuser");

build();

function build(): void {
  bun([join(import.meta.dirname, "generate.ts")]);
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  compile(join(ROOT, "dist/dynuser"));
  copyTrampoline();
  writeHooks();
}

/** One script under each of its names: the low-level runtimes that it stands for, and what hooks run. */
function copyTrampoline(): void {
  if (!existsSync(TRAMPOLINE)) return;
  mkdirSync(join(ROOT, "dist/libexec"), { recursive: true });
  for (const name of ["crun", "runc", "call"]) copyFileSync(TRAMPOLINE, join(ROOT, "dist/libexec", name));
}

/** The hooks for --hooks-dir, which call this checkout's program in place of an installed one. */
function writeHooks(): void {
  mkdirSync(join(ROOT, "dist/hooks"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "hooks"))) {
    const text = readFileSync(join(ROOT, "hooks", name), "utf8");
    writeFileSync(
      join(ROOT, "dist/hooks", name),
      text.replace("/usr/libexec/dynuser/call", join(ROOT, "dist/libexec/call")),
    );
  }
}
