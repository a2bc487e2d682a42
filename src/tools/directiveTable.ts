import type { Directive } from "../model/directive.ts";

/** The table of docs/directives.md. */
export function formatDirectiveTable(rows: readonly Directive[]): string {
  const lines = rows.map(
    (row) =>
      `| \`${row.name}=\` | ${code(row.value.syntax)} | ${row.support} | ${row.effect} | ${cell(formatRow(row))} | ${row.since ?? ""} | ${cell(row.deviation ?? "")} |`,
  );
  return [
    "# Directives",
    "",
    "Written by `npm run generate -- --docs` from the rows in `src/directives/`.",
    "",
    "Support: `full` behaves as in systemd, `partial` differs as the last column says, `ignored` is parsed and has no",
    "effect, `refused` is an error. Effect: `restricts` rights of the container, `grants` rights or resources of the host,",
    "chooses its `identity`, names a `directory`, or is `neutral`. Since: the version of systemd, for directives newer than 257.",
    "",
    "| directive | syntax | support | effect | description | since | difference |",
    "|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function formatRow(row: Directive): string {
  const aliases = row.aliases?.map((alias) => `\`${alias}=\``).join(", ");
  return aliases === undefined ? row.summary : `${row.summary} (also ${aliases})`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
