/** Rows under a heading, the columns aligned; control characters in cells become visible. */
export function inColumns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [heading, ...rows].map((row) => row.map(visible));
  const widths = heading.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1)) || "-";
}
