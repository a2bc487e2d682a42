import type { Registry } from "../../identity/registry.ts";
import type { LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";
import { removeLasting } from "./remove.ts";

/** Removes directories that nobody uses, with the links beside them. */
export function clean(directories: readonly LastingDirectory[], registry: Registry): readonly LastingDirectory[] {
  return whileIdle("clean", directories, registry, ({ path }) => removeLasting(path));
}
