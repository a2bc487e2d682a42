/**
 * Rows under a heading, the columns aligned; control characters in cells become visible.
 * @param width of the terminal: cells that do not fit are cut, and where that leaves too little each row is a paragraph
 */
export function inColumns(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string {
  const table = [heading, ...rows].map((row) => row.map(visible));
  const natural = heading.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const widths = width === undefined ? natural : fit(natural, width);
  return widths === undefined ? inParagraphs(table) : align(table, widths);
}

function align(table: readonly (readonly string[])[], widths: readonly number[]): string {
  const line = (row: readonly string[]) =>
    row.map((cell, column) => shorten(cell, widths[column]!).padEnd(widths[column]!));
  return table.map((row) => line(row).join(GAP).trimEnd()).join("\n");
}

const GAP = "  ";
const SMALLEST = 12;

/** Takes from the widest column first; undefined where a cell would become unreadable. */
function fit(natural: readonly number[], width: number): readonly number[] | undefined {
  const widths = [...natural];
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  while (total() > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= SMALLEST) return undefined;
    widths[widest]!--;
  }
  return widths;
}

/** `run-a-ser…cf443c6b`: names and paths differ at their end. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function inParagraphs([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const width = Math.max(...heading.map(({ length }) => length));
  const lines = (row: readonly string[]) => row.map((cell, column) => `${heading[column]!.padEnd(width)}${GAP}${cell}`);
  return rows.map((row) => lines(row).join("\n")).join("\n\n");
}

function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1)) || "-";
}
