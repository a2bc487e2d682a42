import { hastenCgroups } from "../host/cgroups.ts";
import { explaining } from "../host/failure.ts";
import { undoAll } from "../host/perform.ts";
import { foreignProc } from "../host/procFileSystem.ts";
import { enterWorld, forbidExecution, forbidSetId, keepPlainTree, mountProc } from "../host/world.ts";
import { endProcesses } from "../identity/processes.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import { complain } from "../sys/output.ts";
import { noteDirectories } from "./noteDirectories.ts";
import type { Options } from "./options.ts";
import { type Prepared, prepare } from "./pipeline.ts";
import { readRequest } from "./request.ts";
import { requireRoot } from "./rights.ts";
import { beginLife, type Life } from "./run/life.ts";
import { live } from "./run/live.ts";
import type { ResultFile } from "./run/resultFile.ts";
import { type Orders, takeOrders } from "./run/signals.ts";
import { describeService, type HostService, openHostRegistry } from "./service.ts";

/** Runs the service to its end; returns its exit code, 128 + n for a signal. */
export async function run(options: Options): Promise<number> {
  requireRoot("run");
  hastenCgroups();
  const request = await readRequest(options);
  const registry = await openHostRegistry();
  const service = describeService(request, options.has("terminal") ? "own terminal" : "no terminal", registry);
  for (const warning of service.warnings) complain(warning);
  // Somebody who gives a command wants it interrupted as if it ran here; a unit's service is stopped.
  const orders = takeOrders(request.argv.length > 0 ? [] : ["SIGINT"]);
  enterWorld(service.tree);
  const prepared = prepare(service.start, registry);
  try {
    arrangeTrees(service, prepared);
    noteDirectories(whoseOf(service), prepared.plan.actions, prepared.identity);
    for (const { item } of prepared.plan.warnings) complain(item);
    const resultFile = await openResultFile(options.get("result"), prepared);
    return await runPrepared({ service, prepared, registry, orders, resultFile });
  } finally {
    release(service.start.scope.containerId, registry);
  }
}

function whoseOf({ start: { scope } }: HostService) {
  return { engine: "dynuser", container: scope.containerId, key: scope.containerId };
}

function arrangeTrees({ lifecycle }: HostService, { spec, plan }: Prepared): void {
  const commands = Object.values(lifecycle.commands).flat();
  if (commands.some(({ privileges }) => privileges === "full")) keepPlainTree();
  const proc = foreignProc(spec);
  if (proc !== undefined) mountProc(proc.options ?? []);
  if (spec.process?.noNewPrivileges) forbidSetId();
  if (plan.edits.some(({ item }) => item.kind === "path" && item.path === "/" && item.access === "noExec")) {
    forbidExecution();
  }
}

interface Running {
  readonly service: HostService;
  readonly prepared: Prepared;
  readonly registry: Registry;
  readonly orders: Orders;
  readonly resultFile: ResultFile | undefined;
}

/** Few want one. */
async function openResultFile(path: string | undefined, { identity }: Prepared): Promise<ResultFile | undefined> {
  if (path === undefined) return undefined;
  const { openResult } = await import("./run/resultFile.ts");
  return explaining(`write --result ${path}`, () => openResult(path, identity));
}

async function runPrepared({ service, prepared, registry, orders, resultFile }: Running): Promise<number> {
  const life = beginLife({ lifecycle: service.lifecycle, start: service.start, prepared, orders });
  // A service that remains without processes leaves nothing but signals to wait for, and those keep no event loop alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const ears = life.notifySocket === undefined ? undefined : await listen(life, life.notifySocket);
  try {
    const code = await live(life);
    resultFile?.write(code, life.verdict, life.cgroups);
    return code;
  } finally {
    clearInterval(alive);
    ears?.stop();
    endProcesses(life.cgroups, registry);
    if (!life.ground.hasStarted()) undoAll(prepared.undos);
  }
}

/** Most services do not notify. */
async function listen(life: Life, path: string): Promise<{ stop(): void }> {
  const notify = await import("./run/notify.ts");
  return notify.listen(life, path);
}
