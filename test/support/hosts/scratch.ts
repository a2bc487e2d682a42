import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";

/** Runs `use` with a new directory below /tmp, which is removed afterwards. */
export function withScratch(use: (directory: string) => void): void {
  const directory = mkdtempSync("/tmp/dynuser-test-");
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As `withScratch`, on its own small file system. */
export function withTmpfs(options: string, use: (directory: string) => void): void {
  withScratch((directory) => {
    command("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory);
    try {
      use(directory);
    } finally {
      command("umount", directory);
    }
  });
}

/** What the command printed; throws when it fails. */
export function command(...argv: readonly [string, ...string[]]): string {
  const { status, stdout, stderr, error } = spawnSync(argv[0], argv.slice(1), { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${error ?? stderr}`);
  return stdout;
}

export function shell(script: string, ...args: readonly string[]): string {
  return command("bash", "-euc", script, "bash", ...args);
}

/** One line per entry of the tree: mode, owner, group, path, target of a link. */
export function listTree(...directories: readonly string[]): readonly string[] {
  const listing = command("find", ...directories, "-printf", "%m %U %G %p %l\n");
  return listing.trimEnd().split("\n").sort();
}
