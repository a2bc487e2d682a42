import type { Facts } from "./facts.ts";

/** Other facts in place of some; what is read when it is asked for stays so, which a spread would read. */
export function changedFacts(facts: Facts, changes: Partial<Facts>): Facts {
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(facts), ...Object.getOwnPropertyDescriptors(changes) },
  ) as Facts;
}
