import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { report } from "./report.ts";

/* Prints functions and constants that are exported for no other file, or that only tests use, and exits 1. */

const ROOT = resolve(import.meta.dirname, "../..");

/** Rows of the vocabulary, which the generated index of directives collects by their kind, and generated files. */
const ROWS = /^src\/directives\/|\.gen\.ts$/;

/** `path → text` of the files below src/ and test/. */
type Sources = ReadonlyMap<string, string>;

if (import.meta.main) report(findUnused(readSources()));

/** One line for each: `FILE: NAME: PROBLEM`. */
export function findUnused(sources: Sources): readonly string[] {
  const words = new Map([...sources].map(([file, text]) => [file, countWords(text)]));
  const usedIn = (name: string, home: string, folder: string) =>
    [...words].some(([file, counts]) => file !== home && file.startsWith(folder) && counts.has(name));
  return [...sources].flatMap(([file, text]) =>
    exportsOf(file, text).flatMap((name) => {
      if (usedIn(name, file, "src/")) return [];
      if (!usedIn(name, file, "test/")) return [`${file}: ${name}: exported, and no other file uses it`];
      return words.get(file)!.get(name)! > 1 ? [] : [`${file}: ${name}: only tests use it`];
    }),
  );
}

function countWords(text: string): ReadonlyMap<string, number> {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const groups = Map.groupBy(code.match(/[A-Za-z_$][\w$]*/g) ?? [], (word) => word);
  return new Map([...groups].map(([word, all]) => [word, all.length]));
}

function exportsOf(file: string, text: string): readonly string[] {
  if (!file.startsWith("src/") || ROWS.test(file)) return [];
  const declarations = text.matchAll(/^export (?:async )?(?:function\*?|const|class) ([\w$]+)/gm);
  return [...declarations].map(([, name]) => name!);
}

function readSources(): Sources {
  const files = globSync(["src/**/*.ts", "test/**/*.ts"], { cwd: ROOT }).filter(
    (file) => !/\.(?:d|gen)\.ts$/.test(file),
  );
  return new Map(files.sort().map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}
