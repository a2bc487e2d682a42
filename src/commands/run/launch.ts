import { UnsetEnvironment } from "../../directives/environment.ts";
import { KeyringMode } from "../../directives/keyringMode.ts";
import { UMask } from "../../directives/umask.ts";
import { FAILED } from "../../errors.ts";
import { createContainer, RuntimeFailure, startContainer } from "../../host/container.ts";
import { withoutForeignProc } from "../../host/procFileSystem.ts";
import { WORLD } from "../../host/world.ts";
import type { Spec } from "../../oci/spec.ts";
import type { Service } from "../../service.ts";
import { type End, exitCodeOf, waitForChild } from "../../sys/process.ts";
import { relayTerminal } from "../../sys/terminal.ts";
import type { Command } from "../../values/commandLine.ts";
import type { Variables } from "../../values/environment.ts";
import { expandArguments } from "../../values/expansion.ts";
import { makeSpec, type Prepared, type Start } from "../pipeline.ts";
import { cgroupPathOf } from "./cgroups.ts";
import type { Step } from "./lifecycle.ts";
import { type SharedNamespaces, shareNamespaces, withOpenNamespaces } from "./namespaces.ts";
import { withStreams } from "./openStreams.ts";
import { editsFor } from "./privileges.ts";
import { findProgram } from "./program.ts";
import { streamsOf } from "./streams.ts";
import type { Ended } from "./verdict.ts";

/** One command of a service and what it is told. */
export interface Order {
  readonly step: Step;
  /** Of the commands of its step, from 0. */
  readonly index: number;
  readonly command: Command;
  readonly variables: Variables;
}

/** A command that was started, or could not be. */
export interface Launched {
  /** Absent when it could not be started. */
  readonly pid?: number;
  readonly ended: Promise<Ended>;
}

/** Where the commands of one service are started. */
export interface Ground {
  readonly start: Start;
  readonly prepared: Prepared;
  readonly shared: SharedNamespaces;
  /** Whether anything has been started here. */
  hasStarted(): boolean;
  noteStart(): void;
}

export function makeGround(start: Start, prepared: Prepared): Ground {
  let hasStarted = false;
  return {
    start,
    prepared,
    shared: shareNamespaces(),
    hasStarted: () => hasStarted,
    noteStart: () => {
      hasStarted = true;
    },
  };
}

/** systemd's status of a child that could not execute its program (EXIT_EXEC). */
const CANNOT_EXECUTE = 203;

/**
 * Starts a command in a container of its own.
 * @throws UserError when its standard streams cannot be opened
 */
export function launch(ground: Ground, order: Order): Launched {
  try {
    return start(ground, order);
  } catch (error) {
    if (!(error instanceof RuntimeFailure)) throw error;
    const ended = { end: { code: CANNOT_EXECUTE }, code: codeOfFailure(error.text) };
    return { ended: Promise.resolve(ended) };
  }
}

function start({ start, prepared, shared, noteStart }: Ground, order: Order): Launched {
  const { facts, scope, service } = start;
  const spec = withOpenNamespaces(specFor(start, prepared, order), shared, facts.runtime);
  const id = `${scope.containerId}-${order.step}-${order.index}`;
  const mask = service.get(UMask) ?? 0o022;
  const created = withStreams(streamsOf(service, order.step), mask, (streams) =>
    createContainer(spec, id, facts.runtime, streams, keyringOptions(service)),
  );
  shared.keep(spec, created.init);
  const end = waitForChild(created.init);
  const terminal = created.master === undefined ? undefined : relayTerminal(created.master);
  startContainer(created, facts.runtime);
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

/** The service's own config, or for a command with other privileges one that is made of the same plan. */
function specFor(start: Start, { spec, plan, identity }: Prepared, order: Order): Spec {
  const { privileges } = order.command;
  const isService = privileges === "service";
  const edited = isService ? spec : makeSpec(start, editsFor(privileges, plan, identity));
  const base = withoutForeignProc(privileges === "full" ? unlimited(edited) : edited);
  const process = withCommand(base.process!, order, start);
  const cgroupsPath = cgroupPathOf(start.scope, order.step, order.index);
  return { ...base, process, linux: { ...base.linux, cgroupsPath } };
}

/** Its limits are those of whoever calls us, and in its tree nothing is forbidden. */
function unlimited(spec: Spec): Spec {
  const process = { ...spec.process!, rlimits: [] };
  return { ...spec, process, ...(spec.root && { root: { ...spec.root, path: WORLD.plain } }) };
}

function withCommand(process: NonNullable<Spec["process"]>, order: Order, { service, facts }: Start) {
  const { command, variables, step } = order;
  const given = LATE.includes(step) ? withoutCredentials(process.env ?? []) : (process.env ?? []);
  const env = addVariables(given, variables, service.get(UnsetEnvironment) ?? []);
  const known = readVariables(env);
  const rest = command.argv.slice(1);
  const program = findProgram(command.file, service, facts.rootfs, known["PATH"]);
  const args = [program, ...(command.expand ? expandArguments(rest, known) : rest)];
  return { ...process, env, args, terminal: process.terminal === true && step === "ExecStart" };
}

/** Of the service's credentials only the files are there for them, not the variable. */
const LATE: readonly Step[] = ["ExecStop", "ExecStopPost"];

function withoutCredentials(env: readonly string[]): readonly string[] {
  return env.filter((entry) => !entry.startsWith("CREDENTIALS_DIRECTORY="));
}

/** What the service sets itself wins. */
function addVariables(env: readonly string[], variables: Variables, unset: readonly string[]): readonly string[] {
  const known = readVariables(env);
  const added = Object.entries(variables).filter(([name]) => !Object.hasOwn(known, name) && !unset.includes(name));
  return [...env, ...added.map(([name, value]) => `${name}=${value}`)];
}

function readVariables(env: readonly string[]): Variables {
  return Object.fromEntries(env.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]));
}

/** As shells have it: 127 for a program that is not there, 126 for one that cannot be run, 125 for anything of ours. */
function codeOfFailure(text: string): number {
  return FAILURES.find(({ pattern }) => pattern.test(text))?.code ?? FAILED;
}

const FAILURES = [
  { pattern: /executable file .*not found|stat \S+: no such file/i, code: 127 },
  { pattern: /open executable|exec: .*(permission denied|is a directory)|exec format error/i, code: 126 },
] as const;
