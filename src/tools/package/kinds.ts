import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { devDependencies } from "../../../package.json";
import { ROOT, run, type Target } from "../compile.ts";

/** A kind of machine that there is a package for. */
export interface Kind {
  /** Bun's name of it: `linux-x64-musl-baseline` is for Alpine on processors without AVX2. */
  readonly name: string;
  /** Bun's program for it in the npm registry. */
  readonly bunPackage: string;
  readonly arch: Target["arch"];
  /** Debian's name of the architecture; absent for kinds that Debian does not have. */
  readonly debian?: string;
  /** rpm's name of it. */
  readonly fedora?: string;
}

export const KINDS: readonly Kind[] = [
  { name: "linux-x64", bunPackage: "bun-linux-x64", arch: "x64", debian: "amd64", fedora: "x86_64" },
  { name: "linux-x64-baseline", bunPackage: "bun-linux-x64-baseline", arch: "x64" },
  { name: "linux-x64-musl", bunPackage: "bun-linux-x64-musl", arch: "x64" },
  { name: "linux-x64-musl-baseline", bunPackage: "bun-linux-x64-musl-baseline", arch: "x64" },
  { name: "linux-arm64", bunPackage: "bun-linux-aarch64", arch: "arm64", debian: "arm64", fedora: "aarch64" },
  { name: "linux-arm64-musl", bunPackage: "bun-linux-aarch64-musl", arch: "arm64" },
];

/** Whether this machine is of that kind. */
export function isNative({ name }: Kind): boolean {
  return name === `linux-${process.arch}`;
}

/** What to compile for; Bun's own program for another kind comes from the npm registry and is kept. */
export function targetOf(kind: Kind): Target | undefined {
  return isNative(kind) ? undefined : { name: kind.name, arch: kind.arch, bun: fetchBun(kind) };
}

function fetchBun({ bunPackage }: Kind): string {
  const directory = join(ROOT, "node_modules/.cache/bun", bunPackage);
  const bun = join(directory, "package/bin/bun");
  if (existsSync(bun)) return bun;
  mkdirSync(directory, { recursive: true });
  const wanted = `@oven/${bunPackage}@${devDependencies.bun}`;
  const { stdout, status } = spawnSync("npm", ["pack", "--silent", wanted], { cwd: directory, encoding: "utf8" });
  if (status !== 0) process.exit(1);
  run("tar", ["-xzf", stdout.trim().split("\n").at(-1)!], directory);
  return bun;
}
