import { readPrivate, writePrivate } from "./privateFile.ts";

/** A validator that src/tools/generate.ts compiles from a schema. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

/** What a record's file says; `damaged` for one that breaks its schema or that another user could have written. */
export type RecordState<T> =
  | { readonly kind: "absent" }
  | { readonly kind: "damaged" }
  | { readonly kind: "record"; readonly value: T };

/** One kind of JSON record that dynuser keeps. Writer and reader check the same schema. */
export interface RecordFormat<T> {
  /** Undefined unless `text` is a record in every field: it is trusted with root's rights. */
  parse(text: string): T | undefined;
  /** The JSON text in one line. */
  format(value: T): string;
  read(path: string): RecordState<T>;
  write(path: string, value: T): void;
}

const LIMIT_CHARACTERS = 1024 * 1024;

export function recordFormat<T>(name: string, validate: unknown): RecordFormat<T> {
  const validator = validate as Validator;
  const fits = (value: unknown): value is T => validator(value);
  const parse = (text: string) => {
    const value = text.length > LIMIT_CHARACTERS ? undefined : parseJson(text);
    return fits(value) ? value : undefined;
  };
  const format = (value: T) => {
    if (!fits(value)) throw new Error(`${name} breaks its schema: ${describeErrors(validator)}`);
    return JSON.stringify(value);
  };
  return {
    parse,
    format,
    read: (path) => readRecord(path, parse),
    write: (path, value) => writePrivate(path, `${format(value)}\n`),
  };
}

function readRecord<T>(path: string, parse: (text: string) => T | undefined): RecordState<T> {
  const found = readPrivate(path);
  if (found.kind === "absent") return found;
  const value = found.kind === "text" ? parse(found.text) : undefined;
  return value === undefined ? { kind: "damaged" } : { kind: "record", value };
}

function describeErrors({ errors }: Validator): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
