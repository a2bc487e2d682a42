import { applyEnvironment } from "../apply/process/environment.ts";
import { ExecSearchPath, UnsetEnvironment } from "../directives/environment.ts";
import { KeyringMode } from "../directives/keyringMode.ts";
import { UMask } from "../directives/umask.ts";
import { FAILED, problemsIn } from "../errors.ts";
import type { Service } from "../model/directive.ts";
import { formatWarning } from "../model/plan.ts";
import type { Linux, Spec } from "../oci/spec.ts";
import { type Predicted, type Prepared, prepareNext, type Start } from "../start/pipeline.ts";
import { type End, exitCodeOf, waitForChild } from "../sys/process/process.ts";
import { relayTerminal } from "../sys/process/terminal.ts";
import type { Command, Privileges } from "../values/commandLine.ts";
import type { Variables } from "../values/environment.ts";
import { expandArguments } from "../values/expansion.ts";
import { cgroupPathOf } from "./cgroups/paths.ts";
import { codeOfExecFailure, codeOfFailure, formatExecFailure, programOutside } from "./failedStart.ts";
import { SEARCH_PATH } from "./host/baseSpec.ts";
import { createContainer, type RuntimeCall, RuntimeFailure, startContainer } from "./host/container.ts";
import { findExecFailure, findProgram } from "./host/execFailure.ts";
import type { NetworkFilters } from "./host/networkFilters.ts";
import { PRIVATE_MOUNTS } from "./host/privateMounts.ts";
import { withoutForeignProc } from "./host/procFileSystem.ts";
import { makeSandboxTree } from "./host/sandboxTree.ts";
import type { Step } from "./lifecycle.ts";
import { type SharedNamespaces, shareNamespaces, withOpenNamespaces } from "./namespaces.ts";
import { withStreams } from "./openStreams.ts";
import type { Ended } from "./outcome.ts";
import type { NamedDescriptor } from "./passing/handed.ts";
import type { Passed } from "./passing/passing.ts";
import { selectEdits } from "./privileges.ts";
import { type Stream, streamsOf } from "./streams.ts";

/** One command of a service, with the variables that dynuser sets for it. */
export interface Order {
  readonly step: Step;
  /** Position among the commands of its step, from 0. */
  readonly index: number;
  readonly command: Command;
  readonly variables: Variables;
}

/** A command that was started, or that could not be started. */
export interface Launched {
  /** Absent when it could not be started. */
  readonly pid?: number;
  readonly ended: Promise<Ended>;
}

/** What the commands of one service have in common. */
export interface LaunchContext {
  readonly start: Start;
  readonly shared: SharedNamespaces;
  /** Absent where the service filters no network. */
  readonly filters: NetworkFilters | undefined;
  readonly runtimeCall: RuntimeCall;
  /** The config of the next command, by what the commands before it have left. */
  resolve(privileges: Privileges): Predicted;
  /** From socket activation. */
  readonly handed: readonly NamedDescriptor[];
  /**
   * Runs `use` with what a main command gets in addition to its streams; absent where there is nothing.
   * @param isTaken a stream is the socket, which is not passed then
   */
  readonly withPassed: (<T>(isTaken: boolean, use: (passed: Passed) => T) => T) | undefined;
  /** Whether a command has been started. */
  hasStarted(): boolean;
  noteStart(): void;
}

interface LaunchInputs {
  readonly start: Start;
  /** For a first command with the privileges `first`. */
  readonly prepared: Prepared;
  /** The tree has other mounts than when it was prepared. */
  readonly isStale: boolean;
  readonly first: Privileges;
  readonly cgroupParents: ReadonlyMap<string, string>;
  readonly handed: readonly NamedDescriptor[];
  readonly withPassed: LaunchContext["withPassed"];
  readonly filters: NetworkFilters | undefined;
  warn(text: string): void;
}

export function makeLaunchContext(inputs: LaunchInputs): LaunchContext {
  const { start, prepared, isStale, first, cgroupParents, handed, withPassed, filters, warn } = inputs;
  let hasStarted = false;
  let unused: Predicted | undefined = isStale ? undefined : prepared;
  const warnNew = warnOnce(warn);
  const restrictTree = makeSandboxTree(start);
  return {
    start,
    handed,
    withPassed,
    filters,
    shared: shareNamespaces(),
    runtimeCall: {
      runtime: start.facts.runtime,
      cgroupParents,
      goOnWithout: start.goesOnWithout ? warnNew : undefined,
    },
    resolve: (privileges) => {
      const isPrepared = unused !== undefined && privileges === first;
      const resolved = isPrepared ? prepared : prepareNext(start, prepared.identity, selectEdits(privileges));
      unused = undefined;
      resolved.plan.warnings.map(formatWarning).forEach(warnNew);
      if (privileges !== "full") restrictTree(resolved);
      return resolved;
    },
    hasStarted: () => hasStarted,
    noteStart: () => {
      hasStarted = true;
    },
  };
}

function warnOnce(warn: (text: string) => void): (text: string) => void {
  const printed = new Set<string>();
  return (text) => {
    if (!printed.has(text)) warn(text);
    printed.add(text);
  };
}

/** systemd's status of a child that could not execute its program (EXIT_EXEC). */
const CANNOT_EXECUTE = 203;

/** Starts a command in a container; the result says why it could not be started. */
export function launch(context: LaunchContext, order: Order): Launched {
  try {
    return start(context, order);
  } catch (error) {
    if (error instanceof RuntimeFailure) return notStarted(error.message, codeOfFailure(error.text));
    const problems = problemsIn(error);
    return notStarted(problems.join("\n"), FAILED);
  }
}

function notStarted(failure: string, code: number): Launched {
  return { ended: Promise.resolve({ end: { code: CANNOT_EXECUTE }, code, failure }) };
}

function start(context: LaunchContext, order: Order): Launched {
  const streams = streamsOf(context.start.service, order.step);
  if (context.withPassed === undefined || order.step !== "ExecStart") return startWith(context, order, streams);
  const isTaken = streams.some(({ kind }) => kind === "socket");
  return context.withPassed(isTaken, (passed) => startWith(context, order, streams, passed));
}

function startWith(context: LaunchContext, order: Order, streams: readonly Stream[], passed?: Passed): Launched {
  const { start, shared, filters, runtimeCall, noteStart, handed } = context;
  const { facts, scope, service } = start;
  const complete = { ...order, variables: { ...order.variables, ...passed?.variables } };
  const spec = withOpenNamespaces(specFor(context, complete), shared, facts.runtime);
  const failure = findExecFailure(spec);
  if (failure !== undefined)
    return notStarted(formatExecFailure(failure, programOutside(failure, start)), codeOfExecFailure(failure));
  const id = `${scope.containerId}-${order.step}-${order.index}`;
  const mask = service.get(UMask) ?? 0o022;
  const created = withStreams(streams, mask, handed, (opened) => {
    const descriptors = { streams: opened, passed: passed?.descriptors ?? [] };
    return createContainer(passed?.apply(spec) ?? spec, id, runtimeCall, descriptors, keyringOptions(service));
  });
  shared.keep(spec, created.init);
  filters?.attach(created.init, spec);
  const end = waitForChild(created.init);
  const terminal = created.master === undefined ? undefined : relayTerminal(created.master);
  startContainer(created, runtimeCall);
  noteStart();
  return { pid: created.init, ended: finish(end, terminal) };
}

function keyringOptions(service: Service): readonly string[] {
  return service.get(KeyringMode) === "inherit" ? ["--no-new-keyring"] : [];
}

async function finish(end: Promise<End>, terminal: ReturnType<typeof relayTerminal> | undefined): Promise<Ended> {
  const ended = await end;
  await terminal?.finish();
  return { end: ended, code: exitCodeOf(ended) };
}

function specFor({ start, resolve }: LaunchContext, order: Order): Spec {
  const { privileges } = order.command;
  const resolved = resolve(privileges);
  const base = withoutForeignProc(privileges === "full" ? unlimited(resolved.spec) : resolved.spec);
  const process = withCommand(base.process!, order, start.service, removedVariables(start, resolved, privileges));
  return withProgram({ ...base, process, linux: inCgroup(base.linux!, start, order) }, start.service);
}

/** Without cgroups there is nothing that the runtime could limit. */
function inCgroup(linux: Linux, { scope, spec }: Start, { step, index }: Order): Linux {
  if (spec.linux?.cgroupsPath !== undefined) return { ...linux, cgroupsPath: cgroupPathOf(scope, step, index) };
  const { resources: _, ...rest } = linux;
  return rest;
}

function withProgram(spec: Spec, service: Service): Spec {
  const [file = "", ...rest] = spec.process!.args!;
  const directories = service.get(ExecSearchPath) ?? SEARCH_PATH.split(":");
  return { ...spec, process: { ...spec.process!, args: [findProgram(file, directories, spec), ...rest] } };
}

/** A command with `+` has the limits of the caller, and a root file system without restrictions. */
function unlimited(spec: Spec): Spec {
  const process = { ...spec.process!, rlimits: [] };
  return { ...spec, process, ...(spec.root && { root: { ...spec.root, path: PRIVATE_MOUNTS.plain } }) };
}

/** Command lines are expanded before UnsetEnvironment= is applied (systemd 262; systemd.exec(5), UnsetEnvironment=). */
function removedVariables(
  { spec: before }: Start,
  { plan, identity, spec }: Predicted,
  privileges: Privileges,
): Variables {
  const edits = selectEdits(privileges)(plan, identity).filter(({ kind }) => kind !== "unsetEnvironment");
  const all = readVariables(applyEnvironment(before, edits).process?.env ?? []);
  const kept = readVariables(spec.process?.env ?? []);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(kept, name)));
}

function withCommand(process: NonNullable<Spec["process"]>, order: Order, service: Service, removed: Variables) {
  const { command, variables, step } = order;
  const given = LATE.includes(step) ? withoutCredentials(process.env ?? []) : (process.env ?? []);
  const env = addVariables(given, variables, service.get(UnsetEnvironment) ?? []);
  const known = { ...variables, ...removed, ...readVariables(env) };
  const rest = command.argv.slice(1);
  const args = [command.file, ...(command.expand ? expandArguments(rest, known) : rest)];
  return { ...process, env, args, terminal: process.terminal === true && step === "ExecStart" };
}

/** Steps that see the files of the credentials, but not the variable. */
const LATE: readonly Step[] = ["ExecStop", "ExecStopPost"];

function withoutCredentials(env: readonly string[]): readonly string[] {
  return env.filter((entry) => !entry.startsWith("CREDENTIALS_DIRECTORY="));
}

/** Variables of the settings override them. */
function addVariables(env: readonly string[], variables: Variables, unset: readonly string[]): readonly string[] {
  const known = readVariables(env);
  const added = Object.entries(variables).filter(([name]) => !Object.hasOwn(known, name) && !unset.includes(name));
  return [...env, ...added.map(([name, value]) => `${name}=${value}`)];
}

function readVariables(env: readonly string[]): Variables {
  return Object.fromEntries(env.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]));
}
