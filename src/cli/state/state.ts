import { rulesOrDefault } from "../../config/identityRules.ts";
import { inColumns } from "../../console/columns.ts";
import type { Options } from "../../console/options.ts";
import { formatSize } from "../../console/size.ts";
import type { Registry } from "../../identity/registry.ts";
import { thisCaller } from "../../start/caller.ts";
import { openRegistryAt } from "../../start/registry.ts";
import { becomeNamespaceRoot } from "../../start/unprivileged.ts";
import { print } from "../../sys/process/output.ts";
import { terminalWidth } from "../../sys/process/terminal.ts";
import { ALL_KINDS, chooseDirectories, readKinds } from "./choose.ts";
import { clean } from "./clean.ts";
import { findDirectories, type Kind, type LastingDirectory } from "./directories.ts";
import { type MeasuredDirectory, measure } from "./measure.ts";
import { migrate } from "./migrate.ts";
import { migrateToEngine } from "./migrateToEngine.ts";

/** `dynuser state ls` */
export async function listState(options: Options): Promise<number> {
  const { directories } = await selectDirectories(options);
  return report(directories.map(measure), options, toTable);
}

/** `dynuser state show` */
export async function showState(options: Options): Promise<number> {
  const { directories } = await selectDirectories(options);
  return report(directories.map(measure), options, (rows) => rows.map(inLines).join("\n\n"));
}

/** `dynuser state path` */
export async function printPaths(options: Options): Promise<number> {
  const { directories } = await selectDirectories(options);
  return report(directories, options, paths);
}

/** `dynuser state clean`; as of `systemctl clean`, state and logs only by --what= */
export async function cleanState(options: Options): Promise<number> {
  const { directories, registry } = await selectDirectories(options, ["cache", "runtime"]);
  return report(clean(directories, registry, options), options, paths);
}

/** `dynuser state migrate` */
export async function migrateState(options: Options): Promise<number> {
  const { directories, registry } = await selectDirectories(options);
  return report(migrateTo(options.get("engine"), directories, registry), options, paths);
}

function migrateTo(
  engine: string | undefined,
  directories: readonly LastingDirectory[],
  registry: Registry,
): readonly LastingDirectory[] {
  return engine === undefined ? migrate(directories, registry) : migrateToEngine(directories, registry, engine);
}

interface Selection {
  readonly directories: readonly LastingDirectory[];
  readonly registry: Registry;
}

async function selectDirectories(options: Options, kinds: readonly Kind[] = ALL_KINDS): Promise<Selection> {
  becomeNamespaceRoot("state");
  const caller = thisCaller();
  const registry = openRegistryAt(caller.own, await rulesOrDefault(`${caller.own}/cache`));
  const directories = chooseDirectories(findDirectories(registry, caller), options.rest, readKinds(options, kinds));
  return { directories, registry };
}

function report<T>(rows: readonly T[], options: Options, format: (rows: readonly T[]) => string): number {
  if (options.has("json")) print(JSON.stringify(rows, undefined, 2));
  else if (rows.length > 0) print(format(rows));
  return 0;
}

function toTable(rows: readonly MeasuredDirectory[]): string {
  return inColumns(
    ["SERVICE", "WHAT", "SIZE", "LAST USE", "PATH"],
    rows.map(({ what, path, service, lastUse, inUse, bytes }) => [
      service ?? "",
      what,
      bytes === undefined ? "" : formatSize(bytes),
      inUse ? "now" : (lastUse?.slice(0, 10) ?? ""),
      path,
    ]),
    terminalWidth(),
  );
}

function paths(rows: readonly LastingDirectory[]): string {
  return rows.map(({ path }) => path).join("\n");
}

function inLines(row: MeasuredDirectory): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n");
}
