import { DIRECTIVES } from "../../../directives/index.gen.ts";
import type { Grade } from "../../../model/suggestion.ts";

/** Settings that are tried together, and weaker ones if the command fails with them. */
export interface Candidate {
  /** `NAME=VALUE`, in the order of assignment. */
  readonly settings: readonly string[];
  readonly weaker: readonly Candidate[];
}

/** The suggestions of all directives in the order of their ranks. */
export const CANDIDATES: readonly Candidate[] = [...new Set(DIRECTIVES.values())]
  .flatMap(({ name, suggest }) => (suggest === undefined || suggest === "never" ? [] : [{ name, suggest }]))
  .sort((a, b) => a.suggest.rank - b.suggest.rank)
  .map(({ name, suggest }) => toCandidate(name, suggest));

function toCandidate(name: string, { values, weaker }: Grade): Candidate {
  return {
    settings: values.map((value) => `${name}=${value}`),
    weaker: weaker.map((one) => toCandidate(name, one)),
  };
}

/** The directive of a setting. */
export function nameOf(setting: string): string {
  return setting.slice(0, setting.indexOf("="));
}
