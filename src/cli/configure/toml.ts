import { parse, stringify, type TomlTable } from "smol-toml";
import { UserError } from "../../errors.ts";

export type Table = Readonly<Record<string, unknown>>;

/** @throws UserError that names the line */
export function readToml(text: string, path: string): Table {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    const [first = ""] = String((error as Error).message).split("\n");
    const { line } = error as { readonly line?: number };
    throw new UserError(
      `cannot read ${path}: ${first.replace(/^Invalid TOML document: /, "")} (${path}:${line ?? "?"})`,
    );
  }
}

export function writeToml(table: Table): string {
  return stringify(table as TomlTable);
}

/** What is at a place in nested tables; undefined where nothing is. */
export function at(table: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isTable(value) ? value[key] : undefined), table);
}

export function tableAt(table: unknown, ...keys: readonly string[]): Table {
  const value = at(table, ...keys);
  return isTable(value) ? value : {};
}

/** A table with one value in it, as deep as there are keys. */
export function nest(value: unknown, ...keys: readonly string[]): Table {
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Table;
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether two documents say the same; the order of keys says nothing. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return String(one);
    return isTable(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one;
  });
}

/** Whether a text is TOML with just these contents. */
export function isUnderstood(text: string, wanted: Table): boolean {
  try {
    return isSame(readToml(text, ""), wanted);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

export function merge(a: Table, b: Table): Table {
  const merged: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = merged[key];
    merged[key] = isTable(old) && isTable(value) ? merge(old, value) : value;
  }
  return merged;
}
