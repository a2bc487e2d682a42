import { quote, UserError, UserErrors } from "../../errors.ts";
import { withIdleLeases } from "../../identity/lock.ts";
import { isUserName } from "../../identity/name.ts";
import type { Registry } from "../../identity/registry.ts";
import type { LastingDirectory } from "./directories.ts";

/**
 * Acts on each directory while no container that uses it can start.
 * @throws UserErrors when one of them is in use, before any action
 */
export function whileIdle(
  verb: string,
  directories: readonly LastingDirectory[],
  registry: Registry,
  act: (directory: LastingDirectory) => void,
): readonly LastingDirectory[] {
  const busy = directories.filter(({ inUse }) => inUse);
  if (busy.length > 0) throw new UserErrors(busy.map((directory) => isBusy(verb, directory)));
  for (const directory of directories) {
    const leases = [directory.user ?? directory.name].filter(isUserName);
    const done = withIdleLeases(leases, registry, () => act(directory) ?? true);
    if (done === undefined) throw new UserError(isBusy(verb, directory));
  }
  return directories;
}

function isBusy(verb: string, { path, user, name, container }: LastingDirectory): string {
  const holder = container === undefined ? "" : ` (${container})`;
  return `cannot ${verb} ${quote(path)}: found it in use by ${user ?? name}${holder}, expected it unused (dynuser ps)`;
}
