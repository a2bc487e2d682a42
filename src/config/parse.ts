import { LineCounter, parseDocument } from "yaml";
import { quote, UserErrors } from "../errors.ts";
import { refuseTooLong } from "../settings/textLength.ts";
import { didYouMean } from "../values/suggestion.ts";
import { completeIdentity, rangeProblem } from "./identityRange.ts";
import { PROPERTY_NAMES, validate } from "./validateConfiguration.gen.ts";
import type { WrittenConfiguration } from "./written.ts";

interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly Complaint[] | null;
}

/** One error of the generated validator (the members of ajv's ErrorObject that are used). */
interface Complaint {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** @throws UserErrors naming the line of every mistake */
export function parseConfiguration(text: string, path: string): WrittenConfiguration {
  refuseTooLong(text, path);
  const lines = new LineCounter();
  // The core schema would turn 0700 into 700 and `no` into false.
  const document = parseDocument(text, {
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const problem = (what: string, offset: number | undefined) =>
    `cannot read the configuration: ${what} (${path}:${lines.linePos(offset ?? 0).line})`;

  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    throw new UserErrors(syntax.map(({ message, pos }) => problem(`found no YAML, ${lowerFirst(message)}`, pos[0])));
  }
  const written = toValue(document, (what) => new UserErrors([problem(what, 0)]));
  const validator = validate as unknown as Validator;
  if (validator(written)) {
    const { identity = {} } = written as WrittenConfiguration;
    const overlap = Object.keys(identity).length === 0 ? undefined : rangeProblem(completeIdentity(identity).range);
    if (overlap === undefined) return written as WrittenConfiguration;
    throw new UserErrors([problem(overlap, offsetOf(document, ["identity", Object.keys(identity)[0]!]))]);
  }
  const complaints = withoutEchoes(validator.errors ?? []);
  throw new UserErrors(
    complaints.map((complaint) => {
      const keys = keysOf(complaint);
      return problem(formatComplaint(complaint, keys, valueAt(written, keys)), offsetOf(document, keys));
    }),
  );
}

/** Aliases are resolved, and their number is limited, here. */
function toValue(document: ReturnType<typeof parseDocument>, wrong: (what: string) => UserErrors): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw wrong(`found no YAML, ${lowerFirst((error as Error).message)}`);
  }
}

/** Only the error of `oneOf` itself is reported, not one for each branch. */
function withoutEchoes(complaints: readonly Complaint[]): readonly Complaint[] {
  const choices = complaints.filter(({ keyword }) => keyword === "oneOf").map(({ instancePath }) => instancePath);
  return complaints.filter(
    ({ keyword, instancePath }) => keyword === "oneOf" || !choices.some((choice) => instancePath.startsWith(choice)),
  );
}

function keysOf({ instancePath, keyword, params }: Complaint): readonly string[] {
  const keys = instancePath.split("/").slice(1).map(unescapePointer);
  return keyword === "additionalProperties" ? [...keys, String(params["additionalProperty"])] : keys;
}

function unescapePointer(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The one pattern of the schema for numbers. */
const NUMBER = "^(0|[1-9][0-9]{0,9})$";

/** The one for directories. */
const DIRECTORY = "^(/[^/]+)+$";

const EXPECTED: Readonly<Record<string, string>> = {
  [NUMBER]: "a whole number",
  [DIRECTORY]: "an absolute path without a slash at its end",
  oneOf: "all, safe, tenant, tighten or a list of directives",
  pattern: "letters, digits and _.@-, beginning with a letter or digit",
};

function formatComplaint({ keyword, params, message }: Complaint, keys: readonly string[], value: unknown): string {
  const where = keys.join(".");
  if (keyword === "additionalProperties")
    return `found unknown key ${quote(where)}${didYouMean(keys.at(-1)!, PROPERTY_NAMES)}`;
  const allowed = params["allowedValues"];
  const isMaximum = keys.at(-2) === "maxima";
  const expectation = EXPECTED[String(params["pattern"])] ?? EXPECTED[keyword] ?? `what ${message}`;
  const words = isMaximum ? "a text or a list of texts" : expectation;
  const expected = Array.isArray(allowed) ? allowed.join(", ") : words;
  return `found ${where === "" ? "" : `${where}: `}${JSON.stringify(value)}, expected ${expected}`;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

/** Offset in the text of the key, or else of the value. */
function offsetOf(document: ReturnType<typeof parseDocument>, keys: readonly string[]): number | undefined {
  const parent: unknown = keys.length > 1 ? document.getIn(keys.slice(0, -1), true) : document.contents;
  const items = typeof parent === "object" && parent !== null && "items" in parent ? parent.items : [];
  const pair = (items as readonly Item[]).find((item) => item.key?.value === keys.at(-1));
  const node = pair?.key ?? (document.getIn(keys, true) as Item["key"] | undefined);
  return node?.range?.[0];
}

interface Item {
  readonly key?: { readonly value?: unknown; readonly range?: readonly number[] };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
