import type { Options } from "../../console/options.ts";
import { UserError } from "../../errors.ts";
import type { Registry } from "../../identity/registry.ts";
import { canAsk, confirm } from "../../sys/process/question.ts";
import type { LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";
import { removeLasting } from "./remove.ts";

/** Removes directories that are not in use, with the links to them; on a terminal only after a confirmation. */
export function clean(
  directories: readonly LastingDirectory[],
  registry: Registry,
  options: Options,
): readonly LastingDirectory[] {
  if (options.has("dry-run") || directories.length === 0) return directories;
  if (!options.has("force") && canAsk() && !confirm(questionFor(directories))) {
    throw new UserError("cannot clean: found no confirmation, expected y (or --force)");
  }
  return whileIdle("clean", directories, registry, ({ path }) => removeLasting(path));
}

function questionFor(directories: readonly LastingDirectory[]): string {
  return `${directories.map(({ path }) => path).join("\n")}\nRemove ${directories.length} directories?`;
}
