import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { report } from "./report.ts";

/*
 * Checks the import rule of ARCHITECTURE.md, imports of types included: which layer may import which, which may touch
 * the system, no circle of files. Prints every line that breaks it and exits 1.
 */

/** From the top. A layer imports from the rows below its own and from itself; layers of one row never import each other. */
const ROWS = [
  ["main", "tools"],
  ["cli"],
  ["convert"],
  ["engine", "run"],
  ["start"],
  ["config", "exposure"],
  ["host", "identity", "apply", "settings", "directives", "console"],
  ["sys", "values"],
  ["model"],
  ["oci", "errors"],
] as const;

type Layer = (typeof ROWS)[number][number];

/** Modules that reach the system, and the layers that may: tools are not in the binary. */
const SYSTEM_MODULES = /^(?:node:)?(?:fs|fs\/promises|child_process|os)$|^bun(?::ffi)?$/;
const SYSTEM_LAYERS: readonly Layer[] = ["sys", "tools"];

/**
 * Modules of the engine's own that every start may pay for. Others cost 1 to 11 ms: process.getBuiltinModule loads
 * them where they are needed, or the file is one that few commands load.
 */
const QUICK_MODULES = /^(?:node:path|bun(?::ffi)?)$/;
const SELDOM_LOADED: readonly string[] = ["src/sys/process/child.ts"];

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
  const isBelow = target === layer || rowOf(target) > rowOf(layer);
  return isBelow ? [] : [`${place}: ${layer} imports ${target} (${one.target})`];
}

function isSlow({ file, target, typeOnly }: Import): boolean {
  return /^(?:node|bun)\b/.test(target) && !QUICK_MODULES.test(target) && !typeOnly && !SELDOM_LOADED.includes(file);
}

function layerOf(file: string): Layer | undefined {
  const [, place] = /^src\/([^/.]+)/.exec(file) ?? [];
  return ROWS.flat().find((layer) => layer === place);
}

function rowOf(layer: Layer): number {
  return ROWS.findIndex((row: readonly Layer[]) => row.includes(layer));
}

/** Each circle of files once, from its first file by name. */
function findCycles(imports: readonly Import[]): readonly string[] {
  const targets = Map.groupBy(
    imports.filter(({ target }) => target.startsWith("src/")),
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
