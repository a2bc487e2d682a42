import { ENGINES, type Engine } from "../../config/written.ts";
import { ENGINE_DIRECTORY } from "../../engine/engineStorage.ts";
import { quote, UserError } from "../../errors.ts";
import type { Registry } from "../../identity/registry.ts";
import { moveDirectory } from "../../start/host/moveDirectory.ts";
import { forgetUse, recordUsage } from "../../start/host/stateIndex.ts";
import { DIRECTORY_KINDS } from "../../values/directoryKinds.ts";
import type { LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";

/**
 * Moves directories of the host to where containers of an engine find them under the same name; version 1 had them among
 * the host's.
 * @throws UserErrors for an unknown engine, a directory of a container, and one that is in use
 */
export function migrateToEngine(
  directories: readonly LastingDirectory[],
  registry: Registry,
  engine: string,
): readonly LastingDirectory[] {
  const known = ENGINES.find((one) => one === engine);
  if (known === undefined) {
    throw new UserError(`cannot read --engine: found ${quote(engine)}, expected ${ENGINES.join(", ")}`);
  }
  return whileIdle("migrate", directories, registry, (directory) => moveOne(directory, known));
}

function moveOne({ what, name, path, user, service }: LastingDirectory, engine: Engine): void {
  if (name.startsWith("dynuser-")) {
    throw new UserError(`cannot migrate ${quote(path)}: found a directory of containers, expected one of the host`);
  }
  const { base, directive } = DIRECTORY_KINDS[what];
  const to = `${ENGINE_DIRECTORY}/${engine}/${name}`;
  const names = { ...(user && { user }), ...(service && { service }) };
  recordUsage({ path: `${base}/private/${to}`, directive, engine, container: "", key: "", ...names });
  moveDirectory(base, path.slice(base.length + 1), to);
  forgetUse({ path });
}
