import { rulesOrDefault } from "../config/identityRules.ts";
import { inColumns, shorten } from "../console/columns.ts";
import type { Options } from "../console/options.ts";
import { listHolders } from "../identity/holder.ts";
import { type Classified, classify } from "../identity/leftovers.ts";
import { currentBootAndNamespace, livenessOf } from "../identity/process.ts";
import { processesIn } from "../identity/processes.ts";
import { thisCaller } from "../start/caller.ts";
import { type RecordedUsage, readUses } from "../start/host/stateIndex.ts";
import { openRegistryAt } from "../start/registry.ts";
import { print } from "../sys/process/output.ts";
import { terminalWidth } from "../sys/process/terminal.ts";

/** A running container with a dynamic user; docs/json.md documents it. */
export interface RunningContainer {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The ID in its engine. */
  readonly container: string;
  readonly engine: string;
  readonly image?: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** The PID of its init; absent before the start. */
  readonly pid?: number;
  /** Directories that outlast it, on disk. */
  readonly directories: readonly string[];
}

/** Prints the running containers. */
export async function listContainers(options: Options): Promise<number> {
  const { own, index } = thisCaller();
  const registry = openRegistryAt(own, await rulesOrDefault(`${own}/cache`));
  const uses = readUses(index);
  const running = classify(listHolders(registry), registry).filter(isRunning);
  const rows = running.map((one) => toRunningContainer(one, uses));
  print(options.has("json") ? JSON.stringify(rows, undefined, 2) : tabulate(rows));
  return 0;
}

/** The processes of a killed `dynuser run` run until its container is collected. */
function isRunning({ holder, fate }: Classified): boolean {
  if (fate.kind !== "gone") return true;
  const isMainLeft = holder.main !== undefined && livenessOf(holder.main, currentBootAndNamespace()) === "running";
  return fate.why !== "reboot" && (isMainLeft || processesIn(holder.cgroups).length > 0);
}

function toRunningContainer({ holder, fate }: Classified, uses: readonly RecordedUsage[]): RunningContainer {
  const { id, name, uid, gid, origin, createdAt } = holder;
  const init = fate.kind === "started" ? fate.init : holder.init;
  return {
    name,
    uid,
    gid,
    container: origin?.container ?? id,
    engine: origin?.engine ?? "dynuser",
    ...(origin?.image !== undefined && { image: origin.image }),
    since: createdAt,
    ...(init !== undefined && { pid: init.pid }),
    directories: uses
      .filter(({ key, lastUse }) => key === id && lastUse * 1000 >= Date.parse(createdAt))
      .map(({ path }) => path),
  };
}

function tabulate(rows: readonly RunningContainer[]): string {
  const width = terminalWidth();
  return inColumns(
    ["NAME", "UID", "ENGINE", "CONTAINER", "AGE"],
    rows.map(({ name, uid, engine, container, since }) => [
      name,
      String(uid),
      engine,
      width === undefined ? shorten(shortId(container), SHORT) : shortId(container),
      formatAge(Date.now() - Date.parse(since)),
    ]),
    width,
  );
}

/** Without a terminal, so that a row with a name of `dynuser run` has 60 columns; --json has the whole. */
const SHORT = 17;

/** Engines print and take the first 12 of 64 digits. */
function shortId(container: string): string {
  return /^[0-9a-f]{64}$/.test(container) ? container.slice(0, 12) : container;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** `5s`, `3m`, `2h`, `9d` */
function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? UNITS.at(-1)!;
  return `${Math.floor(seconds / size)}${unit}`;
}
