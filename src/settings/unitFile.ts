import { quote, UserErrors } from "../errors.ts";
import type { Setting, Source } from "./setting.ts";
import { refuseTooLong } from "./textLength.ts";

/** Sections that have no settings of the service's processes. */
const OTHER_SECTIONS: readonly string[] = ["Unit", "Install"];
const BLANKS = /^[ \t\n\r]+|[ \t\n\r]+$/g;

interface Line {
  readonly text: string;
  /** Of its first line in the file, from 1. */
  readonly number: number;
}

/**
 * The settings of `[Service]` in a unit file; the syntax is systemd's (src/shared/conf-parser.c).
 * @param fileName for places in messages
 * @throws UserErrors for what no unit may have: NUL bytes and broken section headers
 */
export function readUnitFile(text: string, fileName: string): Source {
  refuseTooLong(text, fileName);
  const lines = joinContinued(text);
  const problems = lines.flatMap((line) => checkLine(line, fileName));
  if (problems.length > 0) throw new UserErrors(problems);

  const source: OpenSource = { settings: [], warnings: [], unit: [] };
  let section: string | undefined;
  for (const { text: line, number } of lines) {
    const place = `${fileName}:${number}`;
    if (line.startsWith("[")) section = openSection(line, place, source);
    else readLine(line, section, place, source);
  }
  return source;
}

interface OpenSource {
  readonly settings: Setting[];
  readonly warnings: string[];
  readonly unit: Setting[];
}

function openSection(line: string, place: string, { warnings }: OpenSource): string {
  const section = line.slice(1, -1);
  const isKnown = section === "Service" || OTHER_SECTIONS.includes(section) || section.startsWith("X-");
  if (!isKnown) warnings.push(`ignoring section ${quote(section)}: expected Unit, Service or Install (${place})`);
  return section;
}

function readLine(line: string, section: string | undefined, place: string, source: OpenSource): void {
  switch (section) {
    case undefined:
      source.warnings.push(`ignoring ${quote(line)}: found before any section, expected after [Service] (${place})`);
      return;
    case "Unit":
      addAssignment(line, place, source.unit, source);
      return;
    case "Service":
      addAssignment(line, place, source.settings, source);
  }
}

function addAssignment(line: string, place: string, settings: Setting[], { warnings }: OpenSource): void {
  const setting = readAssignment(line, place);
  if (setting !== undefined) settings.push(setting);
  else warnings.push(`ignoring ${quote(line)}: expected Name=Value (${place})`);
}

/** The lines of each section, joined where they go on in the next one; comments are left out. */
export function unitSections(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const { text: line } of joinContinued(text)) {
    const [, name] = /^\[(.*)\]$/.exec(line) ?? [];
    if (name === undefined) current.push(line);
    else {
      current = sections.get(name) ?? [];
      sections.set(name, current);
    }
  }
  return sections;
}

/** Logical lines: comments and empty lines are gone, a line that ends with a backslash goes on in the next one. */
function joinContinued(text: string): readonly Line[] {
  const lines: Line[] = [];
  let open: { readonly parts: string[]; readonly number: number } | undefined;
  const close = () => {
    if (open !== undefined) lines.push({ text: open.parts.join("").replace(BLANKS, ""), number: open.number });
    open = undefined;
  };
  const physical = text.replace(/^\uFEFF/, "").split(/\r\n|\n\r|\n|\r/);
  for (const [index, raw] of physical.entries()) {
    const part = raw.replace(/^[ \t]+/, "");
    // Also between the parts of a continued line, where systemd skips comments too.
    if (part.startsWith("#") || part.startsWith(";")) continue;
    open ??= { parts: [], number: index + 1 };
    const isContinued = endsWithEscape(part);
    open.parts.push(isContinued ? `${part.slice(0, -1)} ` : part);
    if (!isContinued) close();
  }
  close();
  return lines.filter((line) => line.text !== "");
}

/** The last backslash is not itself escaped. */
function endsWithEscape(text: string): boolean {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\\") end--;
  return (text.length - end) % 2 === 1;
}

function checkLine(line: Line, fileName: string): readonly string[] {
  const place = `(${fileName}:${line.number})`;
  if (line.text.includes("\0")) return [`cannot read the unit file: found a NUL byte, expected text ${place}`];
  if (/^\[(?!.*\]$)/s.test(line.text) || /^\[.*[\0-\x1f\x7f"'\\].*\]$/s.test(line.text)) {
    return [`cannot read the unit file: found ${quote(line.text)}, expected a section like [Service] ${place}`];
  }
  return [];
}

function readAssignment(text: string, place: string): Setting | undefined {
  const equals = text.indexOf("=");
  if (equals < 1) return undefined;
  const name = text.slice(0, equals).replace(BLANKS, "");
  return { name, value: text.slice(equals + 1).replace(BLANKS, ""), place, lenient: true };
}
