/**
 * JSON that keeps every number's source text: `JSON.parse` alone turns 18446744073709551615 into 18446744073709552000
 * and runc, crun and podman refuse such a file. Numbers that a double holds exactly stay plain numbers.
 */
export function parseJson(text: string): unknown {
  if (!ODD_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepSource as (key: string, value: unknown) => unknown);
}

/** One that a double may not hold, or not print as it stands; most configs have none, and looking at each value takes long. */
const ODD_NUMBER = /(?:^|[[:,])\s*(?:-?\d{16}|-?\d+[.eE]|-0)/;

/** Most values have no bigint in them, and a function that looks at each of them takes ten times as long. */
export function formatJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, writeBigInt);
  }
}

interface Raw {
  readonly rawJSON: string;
}

declare global {
  interface JSON {
    rawJSON(text: string): Raw;
    isRawJSON(value: object): boolean;
  }
}

function keepSource(_key: string, value: unknown, context: { readonly source: string }): unknown {
  if (typeof value !== "number") return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}

function writeBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(String(value)) : value;
}
