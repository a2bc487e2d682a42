import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Directive } from "../model/directive.ts";
import { chartFiles } from "./chart.ts";
import { COMPLETIONS } from "./completion.ts";
import { formatDirectiveTable } from "./directiveTable.ts";
import { fillPage, manualParts } from "./manual.ts";
import { formatProfileSchema } from "./profileSchema.ts";
import { report } from "./report.ts";
import { fillScript, SCRIPT } from "./trampoline.ts";
import { formatValidator } from "./validator.ts";

/*
 * Writes the files that are generated from the directives' rows and the schemas. Without arguments: *.gen.ts (not in
 * git). `--docs` also writes the documents and the profile's schema; `--check` fails if those are out of date.
 */

const ROOT = resolve(import.meta.dirname, "../..");
const DIRECTIVES = "src/directives";
const MANUAL = "docs/man";
/** People correct all mistakes of a configuration at once; a record is whole or damaged. */
const VALIDATORS = [
  ["schemas/configuration.schema.json", "src/config/validateConfiguration.gen.ts", "all errors"],
  ["schemas/records/holder.schema.json", "src/identity/validateHolder.gen.ts", "first error"],
  ["schemas/records/uid.schema.json", "src/identity/validateUid.gen.ts", "first error"],
  ["schemas/records/period.schema.json", "src/identity/validatePeriod.gen.ts", "first error"],
  ["schemas/records/directoryUsage.schema.json", "src/start/host/validateUsage.gen.ts", "first error"],
] as const;

export interface FoundRows {
  /** `umask.ts` */
  readonly file: string;
  /** The exported name: a row's name, or that of an array of rows. */
  readonly exported: string;
  readonly rows: readonly Directive[];
}

if (import.meta.main) await generate(process.argv[2]);

async function generate(mode: string | undefined): Promise<void> {
  const found = await collect();
  report(checkRows(found));
  write(`${DIRECTIVES}/index.gen.ts`, formatIndex(found));
  for (const [schema, path, errors] of VALIDATORS)
    write(path, formatValidator(JSON.parse(readFileSync(join(ROOT, schema), "utf8")), errors));

  const documents = await formatDocuments(found.flatMap((one) => one.rows));
  if (mode === "--docs") for (const [path, text] of documents) write(path, text);
  if (mode === "--check")
    report([...documents].filter(isStale).map(([path]) => `${path} is out of date: run npm run generate -- --docs`));
}

async function collect(): Promise<readonly FoundRows[]> {
  const files = readdirSync(join(ROOT, DIRECTIVES))
    .filter((file) => file.endsWith(".ts") && !file.startsWith("index"))
    .sort();
  const found: FoundRows[] = [];
  for (const file of files) {
    const exports: Record<string, unknown> = await import(join(ROOT, DIRECTIVES, file));
    for (const [exported, value] of Object.entries(exports)) {
      const rows = rowsOf(value);
      if (rows.length > 0) found.push({ file, exported, rows });
    }
  }
  return found;
}

function rowsOf(value: unknown): readonly Directive[] {
  if (isRow(value)) return [value];
  return Array.isArray(value) && value.length > 0 && value.every(isRow) ? value : [];
}

function isRow(value: unknown): value is Directive {
  return (
    typeof value === "object" &&
    value !== null &&
    ["name", "summary", "value", "support", "effect"].every((member) => member in value)
  );
}

/** What the compiler cannot see of the rows, a line each. */
export function checkRows(found: readonly FoundRows[]): readonly string[] {
  return [...found.flatMap(checkFile), ...findTwins(found), ...findTies(found)];
}

function checkFile({ file, exported, rows }: FoundRows): readonly string[] {
  const isRenamed = /^[A-Z][a-z]/.test(exported) && exported !== rows[0]!.name;
  const withoutReason = rows.filter((row) => row.support !== "full" && row.deviation === undefined);
  const undocumented = rows.filter(({ summary }) => summary === "");
  return [
    ...undocumented.map(({ name }) => `${file}: ${name}= has no summary`),
    ...(isRenamed ? [`${file}: the row of ${rows[0]!.name}= is exported as ${exported}`] : []),
    ...withoutReason.map((row) => `${file}: ${row.name}= is ${row.support} and has no deviation`),
  ];
}

function findTwins(found: readonly FoundRows[]): readonly string[] {
  const declared = found.flatMap(({ file, rows }) => rows.flatMap(namesOf).map((name) => ({ file, name })));
  const twins = [...Map.groupBy(declared, (one) => one.name)].filter(([, places]) => places.length > 1);
  return twins.map(([name, places]) => `${name}= is declared in ${places.map((place) => place.file).join(" and in ")}`);
}

/** Positions that two rows share, which would leave their order to chance. */
function findTies(found: readonly FoundRows[]): readonly string[] {
  const rows = found.flatMap((one) => one.rows);
  return [
    ...tiesOf(rows, "filter order", ({ filter }) => filter?.order),
    ...tiesOf(rows, "suggestion rank", ({ suggest }) => (suggest === "never" ? undefined : suggest?.rank)),
  ];
}

function tiesOf(
  rows: readonly Directive[],
  what: string,
  position: (row: Directive) => number | undefined,
): readonly string[] {
  const groups = Map.groupBy(
    rows.filter((row) => position(row) !== undefined),
    position,
  );
  const ties = [...groups].filter(([, group]) => group.length > 1);
  return ties.map(([number, group]) => `${group.map(({ name }) => `${name}=`).join(" and ")} share ${what} ${number}`);
}

function namesOf(row: Directive): readonly string[] {
  return [row.name, ...(row.aliases ?? [])];
}

function formatIndex(found: readonly FoundRows[]): string {
  const byFile = Map.groupBy(found, (one) => one.file);
  const imports = [...byFile].map(
    ([file, exports]) =>
      `import { ${exports
        .map((one) => one.exported)
        .sort()
        .join(", ")} } from "./${file}";`,
  );
  const single = found.filter(isSingle).map((one) => one.exported);
  const arrays = found.filter((one) => !isSingle(one)).map((one) => `...${one.exported}`);
  return [
    "// Written by src/tools/generate.ts.",
    'import type { Directive } from "../model/directive.ts";',
    ...imports,
    "",
    `const ROWS: readonly Directive[] = [\n${[...single.sort(), ...arrays.sort()].map((row) => `  ${row},`).join("\n")}\n];`,
    "",
    "/** Every directive by its name and by its other names. */",
    "export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map(",
    "  ROWS.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)),",
    ");",
    "",
  ].join("\n");
}

function isSingle(one: FoundRows): boolean {
  return one.rows.length === 1 && one.exported === one.rows[0]!.name;
}

async function formatDocuments(rows: readonly Directive[]): Promise<ReadonlyMap<string, string>> {
  const sorted = [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
  // Imports the index that was just written.
  const { COMMANDS } = await import("../cli/table.ts");
  const parts = manualParts(COMMANDS, sorted);
  const pages = readdirSync(join(ROOT, MANUAL)).map((file) => `${MANUAL}/${file}`);
  return new Map([
    ["docs/directives.md", formatDirectiveTable(sorted)],
    [SCRIPT, fillScript(readFileSync(join(ROOT, SCRIPT), "utf8"))],
    ["schemas/profile.schema.json", formatProfileSchema(sorted)],
    ...chartFiles(ROOT),
    ...pages.map((path) => [path, fillPage(readFileSync(join(ROOT, path), "utf8"), parts)] as const),
    ...Object.entries(COMPLETIONS).map(([file, format]) => [`docs/completion/${file}`, format(COMMANDS)] as const),
  ]);
}

function isStale([path, text]: readonly [string, string]): boolean {
  return !hasText(path, text);
}

function write(path: string, text: string): void {
  if (hasText(path, text)) return;
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}

function hasText(path: string, text: string): boolean {
  try {
    return readFileSync(join(ROOT, path), "utf8") === text;
  } catch {
    return false;
  }
}
