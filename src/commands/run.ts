import { UserError } from "../errors.ts";
import { hastenCgroups } from "../host/cgroups.ts";
import { createContainer, RuntimeFailure, startContainer } from "../host/container.ts";
import { undoAll } from "../host/perform.ts";
import { enterWorld, forbidSetId } from "../host/world.ts";
import { endProcesses } from "../identity/processes.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import type { Spec } from "../oci/spec.ts";
import { complain } from "../sys/output.ts";
import { effectiveUser, waitForChild } from "../sys/process.ts";
import { exitCodeOf, type Relay, relaySignals } from "../sys/signals.ts";
import { relayTerminal } from "../sys/terminal.ts";
import type { Variables } from "../values/environment.ts";
import { expandArguments } from "../values/expansion.ts";
import type { Options } from "./options.ts";
import { type Prepared, prepare } from "./pipeline.ts";
import { readRequest } from "./request.ts";
import { describeService, type HostService, openHostRegistry, type RunCommand } from "./service.ts";

/** Runs the service to its end; returns its exit code, 128 + n for a signal. */
export async function run(options: Options): Promise<number> {
  refuseOthers();
  hastenCgroups();
  const request = await readRequest(options);
  const registry = openHostRegistry();
  const service = describeService(request, options.has("terminal") ? "own terminal" : "no terminal", registry);
  for (const warning of service.warnings) complain(warning);
  const signals = relaySignals();
  enterWorld(request.rootfs ?? "/");
  const prepared = prepare(service.start, registry);
  try {
    if (prepared.spec.process?.noNewPrivileges) forbidSetId();
    for (const { item } of prepared.plan.warnings) complain(item);
    return await runCommands({ service, prepared, registry, signals });
  } finally {
    release(service.start.scope.containerId, registry);
  }
}

function refuseOthers(): void {
  const uid = effectiveUser();
  if (uid === 0) return;
  throw new UserError(`cannot run: found user ${uid}, expected root, who alone may lease users and mount (try sudo)`);
}

interface Running {
  readonly service: HostService;
  readonly prepared: Prepared;
  readonly registry: Registry;
  readonly signals: Relay;
}

/** One after the other in containers of their own, until one fails. */
async function runCommands(running: Running): Promise<number> {
  let code = 0;
  for (const [index, command] of running.service.commands.entries()) {
    code = await runCommand(running, command, index);
    if (code !== 0 && !command.mayFail) return code;
    code = 0;
  }
  return code;
}

async function runCommand(running: Running, command: RunCommand, index: number): Promise<number> {
  const { service, prepared, registry, signals } = running;
  const { facts, scope, expectation } = service.start;
  try {
    const spec = withCommand(prepared.spec, command);
    const created = createContainer(spec, `${scope.containerId}-${index}`, facts.runtime);
    signals.direct(created.init);
    const end = waitForChild(created.init);
    const terminal = created.master === undefined ? undefined : relayTerminal(created.master);
    startContainer(created, facts.runtime);
    const code = exitCodeOf(await end);
    endProcesses(expectation.cgroups ?? [], registry);
    await terminal?.finish();
    return code;
  } catch (error) {
    if (!(error instanceof RuntimeFailure)) throw error;
    if (index === 0) undoAll(prepared.undos);
    return codeOfFailure(error.text);
  } finally {
    endProcesses(expectation.cgroups ?? [], registry);
  }
}

function withCommand(spec: Spec, { argv, expand }: RunCommand): Spec {
  const process = spec.process!;
  const args = expand ? expandArguments(argv, readVariables(process.env ?? [])) : argv;
  return { ...spec, process: { ...process, args } };
}

function readVariables(env: readonly string[]): Variables {
  return Object.fromEntries(env.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]));
}

/** As shells have it: 127 for a program that is not there, 126 for one that cannot be run, 125 for anything of ours. */
function codeOfFailure(text: string): number {
  return FAILURES.find(({ pattern }) => pattern.test(text))?.code ?? 125;
}

const FAILURES = [
  { pattern: /executable file .*not found|stat \S+: no such file/i, code: 127 },
  { pattern: /open executable|exec: .*(permission denied|is a directory)|exec format error/i, code: 126 },
] as const;
