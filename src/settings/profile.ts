import type { LineCounter, Node, Scalar, YAMLMap } from "yaml";
import { allOf, quote, UserErrors } from "../errors.ts";
import type { Setting } from "./setting.ts";
import { refuseTooLong } from "./textLength.ts";

/**
 * The settings of a YAML profile: a mapping of directives to one assignment or a list of them; an empty list is an
 * empty assignment. Every scalar is the text that stands there, so that `UMask: 0077` stays octal.
 * @param fileName for places in messages
 * @throws UserErrors
 */
export async function readProfile(text: string, fileName: string): Promise<readonly Setting[]> {
  refuseTooLong(text, fileName);
  // Imported here because most runs read no profile and loading it costs as much as the rest of the start.
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(
    (error) => `cannot read the profile: ${plain(error.message)} (${locationOf(error.pos[0], fileName, lines)})`,
  );
  if (problems.length > 0) throw new UserErrors(problems);
  if (document.contents === null) return [];
  return readMapping(document.contents, { yaml, lines, fileName });
}

interface Reader {
  readonly yaml: typeof import("yaml");
  readonly lines: LineCounter;
  readonly fileName: string;
}

function readMapping(contents: Node, reader: Reader): readonly Setting[] {
  if (!reader.yaml.isMap(contents)) throw wrong(contents, "a mapping of directives to values", reader);
  const pairs = (contents as YAMLMap<Node, Node | null>).items;
  return allOf(pairs.map((pair) => () => readPair(pair.key, pair.value, reader))).flat();
}

function readPair(key: Node, value: Node | null, reader: Reader): readonly Setting[] {
  const name = readScalar(key, "the name of a directive", reader);
  const place = placeOfNode(value ?? key, reader);
  if (value === null) return [{ name, value: "", place, lenient: false }];
  const nodes = reader.yaml.isSeq(value) ? (value.items as readonly Node[]) : [value];
  if (nodes.length === 0) return [{ name, value: "", place, lenient: false }];
  return nodes.map((node) => ({
    name,
    value: readScalar(node, `a text or a list of texts for ${name}`, reader).trim(),
    place: placeOfNode(node, reader),
    lenient: false,
  }));
}

function readScalar(node: Node, expected: string, reader: Reader): string {
  if (!reader.yaml.isScalar(node)) throw wrong(node, expected, reader);
  return String((node as Scalar).value ?? "");
}

function wrong(node: Node, expected: string, reader: Reader): UserErrors {
  const found = reader.yaml.isMap(node) ? "a mapping" : reader.yaml.isSeq(node) ? "a list" : shortened(String(node));
  return new UserErrors([
    `cannot read the profile: found ${found}, expected ${expected} (${placeOfNode(node, reader)})`,
  ]);
}

/** A file of another format is one long text. */
function shortened(text: string): string {
  return quote(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function placeOfNode(node: Node, reader: Reader): string {
  return locationOf(node.range?.[0] ?? 0, reader.fileName, reader.lines);
}

function locationOf(offset: number, fileName: string, lines: LineCounter): string {
  return `${fileName}:${lines.linePos(offset).line}`;
}

/** The library's messages begin with a capital and end with a period. */
function plain(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "").replaceAll("\n", " ");
}
