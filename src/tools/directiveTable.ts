import type { Directive } from "../directive.ts";

/** The table of docs/directives.md. */
export function formatDirectiveTable(rows: readonly Directive[]): string {
  const lines = rows.map(
    (row) =>
      `| \`${row.name}=\` | ${code(row.value.syntax)} | ${row.support} | ${row.effect} | ${cell(describe(row))} | ${cell(row.deviation ?? "")} |`,
  );
  return [
    "# Directives",
    "",
    "Written by `npm run generate -- --docs` from the rows in `src/directives/`.",
    "",
    "Support: `full` is what systemd does, `partial` differs as the last column says, `ignored` is read and has no",
    "effect, `refused` is an error. Effect: what the setting does to the container, seen from its administrator.",
    "",
    "| directive | syntax | support | effect | what it does | how it differs |",
    "|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function describe(row: Directive): string {
  const aliases = row.aliases?.map((alias) => `\`${alias}=\``).join(", ");
  return aliases === undefined ? row.summary : `${row.summary} (also ${aliases})`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
