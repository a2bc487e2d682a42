import type { Variables } from "./environment.ts";

/*
 * The syntax of EnvironmentFile= (src/basic/env-file.c), which resembles shell. A key runs to its `=`, a value may mix
 * quoted and plain parts; a quoted part may span lines; outside of quotes a backslash keeps the next character and
 * joins lines, in double quotes it escapes only `"`, `\`, a backquote and `$`.
 */

type State = "beforeKey" | "key" | "beforeValue" | "value" | "single" | "double" | "comment";

interface Scan {
  readonly variables: [string, string][];
  state: State;
  key: string;
  value: string;
  /** Blanks at the end of the value's plain part, dropped unless more follows. */
  blanks: string;
}

/** All assignments of the file, later ones win; names are not checked. */
export function parseEnvironmentFile(text: string): Variables {
  const scan: Scan = { variables: [], state: "beforeKey", key: "", value: "", blanks: "" };
  for (let position = 0; position < text.length; position++) {
    const isEscape = text[position] === "\\" && ESCAPING.includes(scan.state);
    if (isEscape) takeEscape(scan, text[++position]);
    else TAKE[scan.state](scan, text[position]!);
  }
  if (["beforeValue", "value", "single", "double"].includes(scan.state)) endAssignment(scan);
  return Object.fromEntries(scan.variables);
}

const ESCAPING: readonly State[] = ["beforeValue", "value", "double", "comment"];

const TAKE = {
  beforeKey: (scan, character) => {
    if (character === "#" || character === ";") scan.state = "comment";
    else if (!isBlank(character)) beginKey(scan, character);
  },
  key: (scan, character) => {
    if (isLineEnd(character)) scan.state = "beforeKey";
    else if (character === "=") scan.state = "beforeValue";
    else scan.key += character;
  },
  beforeValue: (scan, character) => {
    if (isLineEnd(character)) endAssignment(scan);
    else if (character === "'") scan.state = "single";
    else if (character === '"') scan.state = "double";
    else if (!isBlank(character)) addPlain(scan, character);
  },
  value: (scan, character) => {
    if (isLineEnd(character)) endAssignment(scan);
    else if (isBlank(character)) scan.blanks += character;
    else addPlain(scan, character);
  },
  single: (scan, character) => addQuoted(scan, character, "'"),
  double: (scan, character) => addQuoted(scan, character, '"'),
  comment: (scan, character) => {
    if (isLineEnd(character)) scan.state = "beforeKey";
  },
} as const satisfies Record<State, (scan: Scan, character: string) => void>;

function takeEscape(scan: Scan, next: string | undefined): void {
  switch (scan.state) {
    case "comment":
      if (next !== undefined && isLineEnd(next)) scan.state = "beforeKey";
      return;
    case "double":
      if (next === undefined) return;
      scan.value += '"\\`$'.includes(next) ? next : next === "\n" ? "" : `\\${next}`;
      return;
    default:
      scan.state = "value";
      scan.value += scan.blanks;
      scan.blanks = "";
      if (next !== undefined && !isLineEnd(next)) scan.value += next;
  }
}

function beginKey(scan: Scan, character: string): void {
  scan.state = "key";
  scan.key = character;
  scan.value = "";
  scan.blanks = "";
}

function addPlain(scan: Scan, character: string): void {
  scan.state = "value";
  scan.value += scan.blanks + character;
  scan.blanks = "";
}

function addQuoted(scan: Scan, character: string, quote: string): void {
  if (character === quote) scan.state = "beforeValue";
  else scan.value += character;
}

function endAssignment(scan: Scan): void {
  scan.variables.push([scan.key.replace(/[ \t\n\r]+$/, ""), scan.value]);
  scan.state = "beforeKey";
}

function isBlank(character: string): boolean {
  return " \t\n\r".includes(character);
}

function isLineEnd(character: string): boolean {
  return character === "\n" || character === "\r";
}
