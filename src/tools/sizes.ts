import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { report } from "./report.ts";

/* Checks that files and folders of src/ stay small enough to be one idea each; prints what is not, and exits 1. */

const ROOT = resolve(import.meta.dirname, "../..");
const MAX_LINES = 250;
const MAX_FOLDER_SHARE = 0.16;
const MAX_LOOSE_FILES = 30;

/** One file for each directive and each grammar. */
const MANY_FILES = ["src/directives", "src/values"];

/** Tables of data, which are as long as what they list. */
const TABLES =
  /^src\/(?:oci\/spec|sys\/kernel\/callNumbers|values\/systemCallGroups|exposure\/assessors|cli\/table)\.ts$/;

/** `path → number of lines`, generated files left out. */
type Lines = ReadonlyMap<string, number>;

if (import.meta.main) report(findOversized(countLines()));

export function findOversized(lines: Lines): readonly string[] {
  return [...longFiles(lines), ...largeFolders(lines), ...crowdedFolders(lines)];
}

function longFiles(lines: Lines): readonly string[] {
  return [...lines]
    .filter(([file, count]) => count > MAX_LINES && !TABLES.test(file))
    .map(([file, count]) => `${file}: ${count} lines, expected at most ${MAX_LINES}`);
}

function largeFolders(lines: Lines): readonly string[] {
  const total = sum([...lines]);
  const folders = Map.groupBy(lines, ([file]) => file.split("/")[1]!);
  return [...folders]
    .filter(([, files]) => sum(files) > total * MAX_FOLDER_SHARE)
    .map(([folder, files]) => {
      const share = Math.round((sum(files) / total) * 100);
      return `src/${folder}: ${share} % of the lines, expected at most ${MAX_FOLDER_SHARE * 100} %`;
    });
}

function crowdedFolders(lines: Lines): readonly string[] {
  const folders = Map.groupBy(lines.keys(), (file) => file.slice(0, file.lastIndexOf("/")));
  return [...folders]
    .filter(([folder, files]) => files.length > MAX_LOOSE_FILES && !MANY_FILES.includes(folder))
    .map(([folder, files]) => `${folder}: ${files.length} files, expected at most ${MAX_LOOSE_FILES}`);
}

function sum(files: readonly (readonly [string, number])[]): number {
  return files.reduce((total, [, count]) => total + count, 0);
}

function countLines(): Lines {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !/\.(?:d|gen)\.ts$/.test(file));
  return new Map(files.sort().map((file) => [file, readFileSync(join(ROOT, file), "utf8").split("\n").length - 1]));
}
