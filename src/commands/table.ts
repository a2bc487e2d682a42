import { ANALYZE_OPTIONS } from "./analyze/options.ts";
import { DOCTOR_OPTIONS } from "./doctor/options.ts";
import { GC_OPTIONS, UID_OPTIONS } from "./identityOptions.ts";
import type { Option, Options } from "./options.ts";
import { CONVERT_OPTIONS, JSON_OPTIONS, RUN_OPTIONS, SHOW_OPTIONS, STATE_OPTIONS } from "./request.ts";
import { RUNTIME_OPTIONS } from "./runtimeOptions.ts";

/** A command of the program. Its code is loaded when it is called, so that none pays for another at the start. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the options. */
  readonly operands: string;
  readonly options: readonly Option[];
  /** The operands are a command with options of its own. */
  readonly takesCommand?: true;
  load(): Promise<(options: Options) => number | Promise<number>>;
}

const DIRECTIVES_OPTIONS: readonly Option[] = [
  { name: "syscalls", argument: "@GROUP", summary: "print the system calls of this group" },
  { name: "json", summary: "print JSON" },
];

export const COMMANDS: readonly Command[] = [
  {
    name: "run",
    summary: "run a command as a user that exists only as long as it runs",
    operands: "[--] [COMMAND…]",
    options: RUN_OPTIONS,
    takesCommand: true,
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "show",
    summary: "print what run would do, and which directive asks for it",
    operands: "[--] [COMMAND…]",
    options: SHOW_OPTIONS,
    takesCommand: true,
    load: async () => (await import("./show.ts")).show,
  },
  {
    name: "analyze",
    summary: "tell how exposed a container is, on systemd's scale of 0 to 10",
    operands: "[suggest -- COMMAND…]",
    options: ANALYZE_OPTIONS,
    load: async () => (await import("./analyze/analyze.ts")).analyze,
  },
  {
    name: "doctor",
    summary: "tell what of this host, or of an image, would keep dynuser from working",
    operands: "[image DIR|config.json]",
    options: DOCTOR_OPTIONS,
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "ps",
    summary: "list the containers and commands that have a user now",
    operands: "",
    options: JSON_OPTIONS,
    load: async () => (await import("./ps.ts")).listContainers,
  },
  {
    name: "state",
    summary: "list, measure, move and remove directories that outlast their users",
    operands: "ls | show | path | clean | migrate [NAME|PATH…]",
    options: STATE_OPTIONS,
    load: async () => (await import("./state/state.ts")).manageState,
  },
  {
    name: "convert",
    summary: "print the command line, file or manifest of a container that is like a unit",
    operands: "FILE.service",
    options: CONVERT_OPTIONS,
    load: async () => (await import("./convert/convert.ts")).convert,
  },
  {
    name: "directives",
    summary: "print what each directive means here, and what a group of system calls holds",
    operands: "[DIRECTIVE…]",
    options: DIRECTIVES_OPTIONS,
    load: async () => (await import("./directives.ts")).listDirectives,
  },
  {
    name: "runtime",
    summary: "register the runtime with an engine, or take it back",
    operands: "configure|unconfigure --engine ENGINE",
    options: RUNTIME_OPTIONS,
    load: async () => (await import("./runtime.ts")).configureRuntime,
  },
  {
    name: "standby",
    summary: "stand by, so that containers of engines start without waiting for a program of ours",
    operands: "",
    options: [],
    load: async () => (await import("./standby.ts")).standBy,
  },
  {
    name: "gc",
    summary: "release what killed processes left behind",
    operands: "",
    options: GC_OPTIONS,
    load: async () => (await import("./gc.ts")).collectGarbage,
  },
  {
    name: "uid",
    summary: "tell who has or had which UID",
    operands: "ls | whois UID | history NAME",
    options: UID_OPTIONS,
    load: async () => (await import("./uid.ts")).tellUids,
  },
];
