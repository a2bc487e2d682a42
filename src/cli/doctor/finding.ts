/** The result of a probe: one line, and its remedy. */
export interface Finding {
  readonly state: "ok" | "warning" | "problem";
  readonly text: string;
  /** A command, or the exact change; absent where there is nothing to fix. */
  readonly remedy?: string;
}

/** One area of the host; `probe` changes nothing. */
export interface Area<F> {
  readonly name: string;
  probe(facts: F): Iterable<Finding> | AsyncIterable<Finding>;
}

export function ok(text: string): Finding {
  return { state: "ok", text };
}

export function warning(text: string, remedy: string): Finding {
  return { state: "warning", text, remedy };
}

export function problem(text: string, remedy: string): Finding {
  return { state: "problem", text, remedy };
}
