import type { Mount } from "./spec.ts";

/** A directory or file of the host; all runtimes know it by either. */
export function isBind({ type, options = [] }: Mount): boolean {
  return [type, ...options].some((word) => word === "bind" || word === "rbind");
}

/** By itself, or with everything that is mounted below it. */
export function isReadOnly({ options = [] }: Mount): boolean {
  return options.includes("ro") || options.includes("rro");
}
