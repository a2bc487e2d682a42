import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { report } from "./report.ts";

/*
 * Checks that comments, messages, help, documents and titles of tests are in plain technical English, the words of
 * docs/glossary.md. Prints every line with one of the habits below and exits 1: `bun src/tools/language.ts [PATH…]`.
 */

const ROOT = resolve(import.meta.dirname, "../..");

/** A habit of writing, and what the manuals of podman and systemd have in its place. */
const HABITS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(?:who|whom|whoever|whomever)\b/i, "name the process, the caller, the container"],
  [
    /(?<!(?:user|group|owner|owned by|as|UID|GID) |[`":/])\bnobody\b(?![`":/]|'s (?:user|group|UID|GID|ID)\b)|\bsomebody\b|\banybody\b/i,
    "no process, another user, a caller",
  ],
  [/\b(?:tells?|told|hears?|heard)\b/i, "prints, reports, logs, notifies, receives"],
  [/\b(?:is|are) to (?:be|have|do|go|run|stay|keep|know|get|make|come)\b/i, "must, should"],
  [/\bof (?:ours|its own|theirs|his own)\b|\b(?:ours|theirs)\b/i, "dynuser's, the container's"],
  [/\bbesides\b|\bupon\b|\bas ever\b|\bfor ever\b|\bat last\b/i, "in addition, on, unchanged, indefinitely, finally"],
  [
    /\bmended?\b|\bmends\b|\bgives? back\b|\bgave back\b|\bgiven back\b|\btakes? away\b|\btook away\b/i,
    "fixed, releases, drops, revokes",
  ],
  [/\bfound E[A-Z]{2,}\b|\bthe kernel says\b/, "the text of strerror(3)"],
];

/** Files whose every line is read by people; of code, comments, strings of several words and titles of tests. */
const PROSE = ["*.md", "docs/**/*.md", "docs/man/*", "examples/**/*.md"];
const CODE = ["src/**/*.ts", "test/**/*.ts", "libexec/*", "tools/*.sh", "tools/debian/*", "examples/**/*.sh"];
const EXEMPT = /\.gen\.ts$|^src\/tools\/language\.ts$|^test\/tools\/language\.test\.ts$|^test\/golden\/|\.json$/;

if (import.meta.main) report(checkFiles(process.argv.slice(2)));

function checkFiles(chosen: readonly string[]): readonly string[] {
  const isChosen = (file: string) => chosen.length === 0 || chosen.some((path) => file.startsWith(path));
  const files = (patterns: readonly string[]) =>
    [...new Set(globSync([...patterns], { cwd: ROOT }))]
      .filter((file) => !EXEMPT.test(file) && isChosen(file) && !file.startsWith("node_modules"))
      .sort();
  const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
  return [
    ...files(PROSE).flatMap((file) => findHabits(file, read(file).split("\n"))),
    ...files(CODE).flatMap((file) => findHabits(file, proseOf(file, read(file)))),
  ];
}

/** One line for each habit: `FILE:LINE: "WORD": INSTEAD`. */
export function findHabits(file: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) =>
    HABITS.flatMap(([pattern, instead]) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${file}:${index + 1}: "${found}": ${instead}`];
    }),
  );
}

/** What of each line of code is prose: its comment, and strings that hold several words. */
export function proseOf(file: string, text: string): readonly string[] {
  return text.split("\n").map(file.endsWith(".ts") ? proseOfTypeScript : proseOfShell);
}

function proseOfTypeScript(line: string): string {
  const comment = /^\s*(?:\/?\*+|\/\/)(.*)$/.exec(line)?.[1] ?? /\s\/\/ (.*)$/.exec(line)?.[1] ?? "";
  const strings = line.match(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`?|'(?:[^'\\]|\\.)*'/g) ?? [];
  return [comment, ...strings.filter((one) => /\w \w/.test(one)).map(withoutExpressions)].join(" ");
}

function withoutExpressions(text: string): string {
  return text.replaceAll(/\$\{[^}]*\}/g, "");
}

function proseOfShell(line: string): string {
  const comment = /(?:^|\s)#(?!!)(.*)$/.exec(line)?.[1] ?? "";
  const strings = line.match(/"(?:[^"\\]|\\.)*"|'[^']*'/g) ?? [];
  return [comment, ...strings.filter((one) => /\w \w/.test(one))].join(" ");
}
