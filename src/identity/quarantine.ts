import { renameFile } from "../sys/files/files.ts";
import { hasCode } from "../sys/kernel/system.ts";
import type { Registry } from "./registry.ts";

/**
 * Renames a record that cannot be read, for a person to look at; another process may have done so first.
 */
export function quarantineFile(path: string, what: string, registry: Registry): void {
  const aside = `${path}.damaged-${Date.now()}`;
  try {
    renameFile(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  registry.warn(`cannot read ${what} in ${path}, set aside as ${aside}`);
}

/** `63016.damaged-1793000000000` */
export function isQuarantined(name: string): boolean {
  return /\.damaged-[0-9]+$/.test(name);
}
