/** Values of a directive that `analyze suggest` assigns together, and weaker ones if the command fails with them. */
export interface Grade {
  readonly values: readonly string[];
  readonly weaker: readonly Grade[];
}

/** Suggestions are tried in the order of their ranks: the one that reduces the exposure most comes first. */
export interface Suggestion extends Grade {
  readonly rank: number;
}

export function grade(value: string, ...weaker: readonly Grade[]): Grade {
  return { values: [value], weaker };
}

/** Values from the strictest to the weakest. */
export function graded(first: string, ...others: readonly string[]): Grade {
  const [second, ...rest] = others;
  return grade(first, ...(second === undefined ? [] : [graded(second, ...rest)]));
}
