import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";

/*
 * Checks the import rule of ARCHITECTURE.md: who may import whom, who may touch the system, no cycles. Prints every
 * line that breaks it and exits 1.
 */

/** Layer → layers whose code it may import, besides its own. */
const ALLOWED = {
  oci: [],
  nouns: ["oci"],
  values: ["nouns", "oci"],
  directives: ["values", "nouns", "oci"],
  apply: ["values", "nouns", "oci"],
  exposure: ["apply", "values", "nouns", "oci"],
  sources: ["values", "nouns", "oci"],
  sys: ["nouns", "oci"],
  identity: ["sys", "values", "nouns", "oci"],
  host: ["identity", "sys", "values", "nouns", "oci"],
  commands: ["host", "identity", "sources", "exposure", "apply", "directives", "sys", "values", "nouns", "oci"],
  main: ["sys", "commands", "nouns"],
  tools: ["commands", "directives", "values", "nouns", "oci"],
} as const satisfies Record<string, readonly string[]>;

type Layer = keyof typeof ALLOWED;

/** Modules that reach the system, and the layers that may: tools are not in the binary. */
const SYSTEM_MODULES = /^(?:node:)?(?:fs|fs\/promises|child_process|os)$|^bun(?::ffi)?$/;
const SYSTEM_LAYERS: readonly Layer[] = ["sys", "tools"];

/**
 * Modules of the engine's own that every start may pay for. Others cost 1 to 11 ms: process.getBuiltinModule loads
 * them where they are needed, or the file is one that few commands load.
 */
const QUICK_MODULES = /^(?:node:path|bun(?::ffi)?)$/;
const SELDOM_LOADED: readonly string[] = ["src/sys/child.ts"];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
  readonly typeOnly: boolean;
}

const ROOT = resolve(import.meta.dirname, "../..");

if (import.meta.main) report(findProblems(readImports()));

export function findProblems(imports: readonly Import[]): readonly string[] {
  return [...imports.flatMap(checkImport), ...findCycles(imports)];
}

/** Imports in one file's text; targets of relative ones are made relative to the project's root. */
export function scanImports(file: string, text: string): readonly Import[] {
  const statements = text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s+)?"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm,
  );
  return [...statements].map((match) => ({
    file,
    line: text.slice(0, match.index + match[0].length).split("\n").length,
    target: resolveTarget(file, match[2] ?? match[3]!),
    typeOnly: match[1] !== undefined,
  }));
}

function resolveTarget(file: string, target: string): string {
  return target.startsWith(".") ? normalize(join(dirname(file), target)) : target;
}

function readImports(): readonly Import[] {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".d.ts"));
  return files.sort().flatMap((file) => scanImports(file, readFileSync(join(ROOT, file), "utf8")));
}

function checkImport(one: Import): readonly string[] {
  const layer = layerOf(one.file);
  const place = `${one.file}:${one.line}`;
  if (layer === undefined) return [`${place}: belongs to no layer`];
  if (SYSTEM_MODULES.test(one.target) && !SYSTEM_LAYERS.includes(layer)) {
    return [`${place}: ${layer} imports ${one.target}, only src/sys may`];
  }
  if (isSlow(one) && layer !== "tools") return [`${place}: ${one.target} is slow to load`];
  if (!one.target.startsWith("src/")) return [];
  const target = layerOf(one.target);
  if (target === undefined) return [`${place}: ${one.target} belongs to no layer`];
  const allowed: readonly Layer[] = ALLOWED[layer];
  return target === layer || allowed.includes(target) ? [] : [`${place}: ${layer} imports ${target} (${one.target})`];
}

function isSlow({ file, target, typeOnly }: Import): boolean {
  return /^(?:node|bun)\b/.test(target) && !QUICK_MODULES.test(target) && !typeOnly && !SELDOM_LOADED.includes(file);
}

function layerOf(file: string): Layer | undefined {
  const [, folder, rest] = file.split("/");
  if (rest === undefined) return folder === "main.ts" ? "main" : "nouns";
  return folder! in ALLOWED ? (folder as Layer) : undefined;
}

/** Each cycle once, from its first file by name; imports of types alone make none. */
function findCycles(imports: readonly Import[]): readonly string[] {
  const targets = Map.groupBy(
    imports.filter((one) => !one.typeOnly && one.target.startsWith("src/")),
    (one) => one.file,
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    if (done.has(file) || path.includes(file)) return;
    for (const next of targets.get(file) ?? []) visit(next.target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
}

function report(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
