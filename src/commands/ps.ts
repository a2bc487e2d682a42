import { UserError } from "../errors.ts";
import { readUses } from "../host/stateIndex.ts";
import { type Holder, listHolders, readHolder } from "../identity/holder.ts";
import { livenessOf, lookAround } from "../identity/process.ts";
import { print } from "../sys/output.ts";
import { inColumns } from "./columns.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import type { Options } from "./options.ts";
import { ownPlace } from "./place.ts";
import { rulesOrDefault } from "./rules.ts";

/** One container that has a user of ours; docs/json.md tells it to people. */
export interface RunningContainer {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The ID that its engine calls it by. */
  readonly container: string;
  readonly engine: string;
  readonly image?: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Of its init; absent before that runs. */
  readonly pid?: number;
  /** Those that outlast it, on disk. */
  readonly directories: readonly string[];
}

/** Prints the containers that live. */
export async function listContainers(options: Options): Promise<number> {
  if (options.rest.length > 0) throw new UserError("cannot list containers: expected no operand");
  const own = ownPlace();
  const registry = openRegistryAt(own, await rulesOrDefault(`${own}/cache`));
  const holders = listHolders(registry).flatMap((id) => readHolder(id, registry) ?? []);
  const rows = holders.filter(isAlive).map(describe);
  print(options.has("json") ? JSON.stringify(rows, undefined, 2) : tabulate(rows));
  return 0;
}

/** Others wait for the next call to collect them. */
function isAlive({ phase, init, claimer }: Holder): boolean {
  return phase !== "releasing" && livenessOf(init ?? claimer, lookAround()) === "running";
}

function describe({ id, name, uid, gid, origin, createdAt, init }: Holder): RunningContainer {
  return {
    name,
    uid,
    gid,
    container: origin?.container ?? id,
    engine: origin?.engine ?? "dynuser",
    ...(origin?.image !== undefined && { image: origin.image }),
    since: createdAt,
    ...(init !== undefined && { pid: init.pid }),
    directories: readUses()
      .filter(({ key }) => key === id)
      .map(({ path }) => path),
  };
}

function tabulate(rows: readonly RunningContainer[]): string {
  return inColumns(
    ["NAME", "UID", "ENGINE", "CONTAINER", "SINCE", "DIRECTORIES"],
    rows.map(({ name, uid, engine, container, since, directories }) => [
      name,
      String(uid),
      engine,
      container.slice(0, 24),
      since.replace(/\.\d+Z$/, "Z"),
      directories.join(" "),
    ]),
  );
}
