import type { Mount } from "./spec.ts";

/** By itself, or with everything that is mounted below it. */
export function isReadOnly({ options = [] }: Mount): boolean {
  return options.includes("ro") || options.includes("rro");
}
