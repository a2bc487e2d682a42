import { recordsIn } from "../../identity/registry.ts";
import { listDirectory } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { stateDirectory } from "../record/location.ts";
import { mentionsDynuser, readConfig } from "../request/bundle.ts";
import { mayHaveDefault } from "./create.ts";
import { VERBS } from "./options.ts";

/**
 * Whether any reading of the words may start a container that concerns dynuser, or act on one that is held: each word may be
 * a verb, an ID, a bundle or a config, alone, after `=` or behind short options.
 */
export async function mayConcern(words: readonly string[]): Promise<boolean> {
  const stateDir = stateDirectory();
  if (words.some((word) => VERBS[word]?.acts === "container")) {
    if (words.some((word) => word.includes("\uFFFD") || pathsIn(word).some(isAsking)) || isAsking(".")) return true;
    if (await mayHaveDefault({ stateDir, cache: `${stateDir}/cache` })) return true;
  }
  return mayBeHeld(words, listDirectory(recordsIn(stateDir)));
}

/** A key ends with the container's ID. */
function mayBeHeld(words: readonly string[], keys: readonly string[]): boolean {
  return keys.some((key) => {
    const id = key.slice(key.lastIndexOf(":") + 1);
    return words.some((word) => word.includes(id));
  });
}

function pathsIn(word: string): readonly string[] {
  const letters = /^-[a-zA-Z?]*/.exec(word)?.[0].length ?? 0;
  const glued = Array.from({ length: letters }, (_, index) => word.slice(index + 1));
  return [word, word.slice(word.indexOf("=") + 1), ...glued].filter((path) => path !== "");
}

function isAsking(path: string): boolean {
  return [path, `${path}/config.json`].some(
    (file) => statusOf(file)?.isFile() && mentionsDynuser(readConfig(file) ?? ""),
  );
}
