import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Directive } from "../directive.ts";
import { COMPLETIONS } from "./completion.ts";
import { formatDirectiveTable } from "./directiveTable.ts";
import { fillPage, manualParts } from "./manual.ts";
import { formatProfileSchema } from "./profileSchema.ts";
import { formatValidator } from "./validator.ts";

/*
 * Writes what follows from the directives' rows and from the schemas. Without arguments: *.gen.ts (not in git).
 * `--docs` also writes the table of the manual and the profile's schema; `--check` fails where those are out of date.
 */

const ROOT = resolve(import.meta.dirname, "../..");
const DIRECTIVES = "src/directives";
const MANUAL = "docs/man";
const VALIDATORS = [["schemas/configuration.schema.json", "src/host/validateConfiguration.gen.ts"]] as const;

interface Found {
  /** `umask.ts` */
  readonly file: string;
  /** The exported name: a row's own, or of an array of rows. */
  readonly exported: string;
  readonly rows: readonly Directive[];
}

if (import.meta.main) await generate(process.argv[2]);

async function generate(mode: string | undefined): Promise<void> {
  const found = await collect();
  const problems = check(found);
  if (problems.length > 0) fail(problems);
  write(`${DIRECTIVES}/index.gen.ts`, formatIndex(found));
  for (const [schema, path] of VALIDATORS)
    write(path, formatValidator(JSON.parse(readFileSync(join(ROOT, schema), "utf8"))));

  const documents = await formatDocuments(found.flatMap((one) => one.rows));
  if (mode === "--docs") for (const [path, text] of documents) write(path, text);
  if (mode === "--check")
    fail([...documents].filter(isStale).map(([path]) => `${path} is out of date: run npm run generate -- --docs`));
}

async function collect(): Promise<readonly Found[]> {
  const files = readdirSync(join(ROOT, DIRECTIVES))
    .filter((file) => file.endsWith(".ts") && !file.startsWith("index"))
    .sort();
  const found: Found[] = [];
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

function check(found: readonly Found[]): readonly string[] {
  return [...found.flatMap(checkRows), ...findTwins(found)];
}

function checkRows({ file, exported, rows }: Found): readonly string[] {
  const isRenamed = /^[A-Z][a-z]/.test(exported) && exported !== rows[0]!.name;
  const withoutReason = rows.filter((row) => row.support !== "full" && row.deviation === undefined);
  return [
    ...(isRenamed ? [`${file}: the row of ${rows[0]!.name}= is exported as ${exported}`] : []),
    ...withoutReason.map((row) => `${file}: ${row.name}= is ${row.support} and has no deviation`),
  ];
}

function findTwins(found: readonly Found[]): readonly string[] {
  const declared = found.flatMap(({ file, rows }) => rows.flatMap(namesOf).map((name) => ({ file, name })));
  const twins = [...Map.groupBy(declared, (one) => one.name)].filter(([, places]) => places.length > 1);
  return twins.map(([name, places]) => `${name}= is declared in ${places.map((place) => place.file).join(" and in ")}`);
}

function namesOf(row: Directive): readonly string[] {
  return [row.name, ...(row.aliases ?? [])];
}

function formatIndex(found: readonly Found[]): string {
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
    'import type { Directive } from "../directive.ts";',
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

function isSingle(one: Found): boolean {
  return one.rows.length === 1 && one.exported === one.rows[0]!.name;
}

async function formatDocuments(rows: readonly Directive[]): Promise<ReadonlyMap<string, string>> {
  const sorted = [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
  // It reads what has just been written.
  const { COMMANDS } = await import("../commands/table.ts");
  const parts = manualParts(COMMANDS, sorted);
  const pages = readdirSync(join(ROOT, MANUAL)).map((file) => `${MANUAL}/${file}`);
  return new Map([
    ["docs/directives.md", formatDirectiveTable(sorted)],
    ["schemas/profile.schema.json", formatProfileSchema(sorted)],
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

function fail(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
