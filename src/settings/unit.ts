import { basename, dirname, resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { reasonText } from "../sys/failure.ts";
import { listDirectory, readLink, tryReadText } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { didYouMean } from "../values/suggestion.ts";
import type { Source } from "./setting.ts";
import { readUnitFile } from "./unitFile.ts";
import { dropInDirectories, instanceLike, templateOf } from "./unitName.ts";

/** A unit as systemd would load it: its file and its drop-ins. */
export interface Unit {
  /** As it was asked for: systemd reads an alias under its own name too. */
  readonly name: string;
  /** The unit file, absolute. */
  readonly path: string;
  readonly sources: readonly Source[];
}

/** Where systemd looks, the strongest first (systemd.unit(5), "Unit File Load Path"). */
const LOAD_PATH = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/transient",
  "/etc/systemd/system",
  "/run/systemd/system",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/** Whether a unit of just this name or path is there. */
export function isUnit(asked: string): boolean {
  const name = basename(asked);
  return find(name, directoriesFor(asked, name)) !== undefined;
}

/**
 * The unit of `--unit`: a path, or the name of a unit in the current directory or where systemd has its units.
 * @param option where it was asked for, for messages
 * @throws UserError when there is none, and for one that is masked
 */
export function readUnit(asked: string, option = "--unit"): Unit {
  const wanted = asked.includes("/") ? basename(asked) : withSuffix(asked);
  const directories = directoriesFor(asked, wanted);
  const found = find(wanted, directories);
  if (found === undefined) {
    throw new UserError(
      `cannot read ${quote(asked)}: ${reasonNotFound(asked)} (${option})${nearUnit(asked, [resolve(dirname(asked)), ...directories])}`,
    );
  }
  const { path, names } = followAliases(found, [wanted], directories);
  const files = [path, ...dropIns(names, directories)];
  return { name: wanted, path, sources: files.map(readSource) };
}

function reasonNotFound(asked: string): string {
  return asked.endsWith(".container")
    ? "it is a file of Quadlet, expected a unit file: dynuser convert makes other forms of it"
    : "found no such unit, expected a unit file, or the template of an instance";
}

function nearUnit(asked: string, directories: readonly string[]): string {
  return asked.length < 3 ? "" : didYouMean(basename(asked), new Set(directories.flatMap(unitsIn)));
}

function unitsIn(directory: string): readonly string[] {
  return statusOf(directory)?.isDirectory() ? listDirectory(directory).filter((name) => UNIT_SUFFIX.test(name)) : [];
}

/** A name without one of systemd's suffixes is a service's (src/basic/unit-name.c, unit_name_mangle). */
function withSuffix(name: string): string {
  return UNIT_SUFFIX.test(name) ? name : `${name}.service`;
}

const UNIT_SUFFIX = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope|conf)$/;

/** What lies where systemd looks has its drop-ins in all of these places. */
function directoriesFor(asked: string, wanted: string): readonly string[] {
  const directory = resolve(dirname(asked));
  const isSystems = LOAD_PATH.some((place) => place === directory);
  if (asked.includes("/")) return isSystems ? LOAD_PATH : [directory];
  return find(wanted, [directory]) === undefined ? LOAD_PATH : [directory];
}

function find(name: string, directories: readonly string[]): string | undefined {
  const names = [name, templateOf(name)].filter((one) => one !== undefined);
  const paths = names.flatMap((one) => directories.map((directory) => `${directory}/${one}`));
  return paths.find((path) => statusOf(path) !== undefined);
}

interface Fragment {
  readonly path: string;
  /** All that the unit is called, drop-ins of each count. */
  readonly names: readonly string[];
}

/** A link to a unit beside it is an alias of that one, and one that leads elsewhere only says where the file lies. */
function followAliases(path: string, names: readonly string[], directories: readonly string[]): Fragment {
  const name = names.at(-1)!;
  refuseMasked(path, name);
  const target = readLink(path);
  const next = target === undefined ? undefined : resolve(dirname(path), target);
  if (next === undefined || !directories.includes(dirname(next))) return { path, names };
  return followAliases(next, [...new Set([...names, instanceLike(basename(next), name)])], directories);
}

/** By a link to /dev/null or an empty file (src/basic/unit-file.c, null_or_empty). */
function refuseMasked(path: string, name: string): void {
  if (!isNothing(path)) return;
  throw new UserError(`cannot run ${quote(name)}: it is masked (${path} is empty or leads to /dev/null)`);
}

function isNothing(path: string): boolean {
  const status = statusOf(path);
  return status === undefined || status.isCharacterDevice() || (status.isFile() && status.size === 0);
}

/** Sorted by their own names; of several with one name the one in the strongest directory counts, which may be empty. */
function dropIns(names: readonly string[], directories: readonly string[]): readonly string[] {
  const special = names.flatMap((name) =>
    directories.flatMap((directory) => dropInDirectories(name).map((one) => `${directory}/${one}`)),
  );
  const general = directories.map((directory) => `${directory}/service.d`);
  const files = new Map<string, string>();
  for (const directory of [...special, ...general]) {
    for (const file of filesIn(directory)) if (!files.has(file)) files.set(file, `${directory}/${file}`);
  }
  const sorted = [...files.keys()].sort().map((file) => files.get(file)!);
  return sorted.filter((path) => !isNothing(path));
}

function filesIn(directory: string): readonly string[] {
  return statusOf(directory)?.isDirectory() ? listDirectory(directory).filter((name) => name.endsWith(".conf")) : [];
}

/** Messages name a drop-in together with its directory. */
function readSource(path: string): Source {
  const isDropIn = path.endsWith(".conf");
  const place = isDropIn ? `${basename(dirname(path))}/${basename(path)}` : basename(path);
  return readUnitFile(readText(path), place);
}

function readText(path: string): string {
  try {
    return tryReadText(path) ?? "";
  } catch (error) {
    throw new UserError(`cannot read ${quote(path)}: ${reasonText(error)} (--unit)`);
  }
}
