import { renameFile } from "../sys/files.ts";
import { hasCode } from "../sys/system.ts";
import type { Registry } from "./registry.ts";

/**
 * Puts a file of ours that cannot be read out of the way, for somebody to look at; another process may have done so
 * first.
 */
export function setAside(path: string, what: string, registry: Registry): void {
  const aside = `${path}.damaged-${Date.now()}`;
  try {
    renameFile(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  registry.warn(`cannot read ${what} in ${path}, set aside as ${aside}`);
}
