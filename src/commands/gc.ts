import { collect } from "../identity/collect.ts";
import { openHostRegistry } from "./service.ts";

/** Finishes the release of everything whose processes are gone. */
export function collectGarbage(): number {
  collect(openHostRegistry());
  return 0;
}
