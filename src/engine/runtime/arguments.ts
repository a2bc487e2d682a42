import { readArgpOptions } from "./argp.ts";
import { parseGoBoolean, readGoOptions } from "./goFlags.ts";
import { GLOBAL_OPTIONS, type Option, type OptionRow, type RuntimeName, VERBS, type VerbRow } from "./options.ts";
import type { Words } from "./words.ts";

/** A low-level runtime's command line as that runtime reads it. */
export interface RuntimeArguments {
  /** Absent when only global options are there, as in `--version`. */
  readonly verb?: string;
  readonly id?: string;
  readonly options: readonly Option[];
  /** All that is no option and no verb: the ID, the command of `exec`. */
  readonly operands: readonly string[];
  /** Why the reading is not complete: such a call may start anything. */
  readonly problem?: string;
}

/** @param inOrder the first operand ends the options */
type ReadOptions = (words: readonly string[], rows: readonly OptionRow[], inOrder: boolean) => Words;

const GRAMMARS: Readonly<Record<RuntimeName, ReadOptions>> = { crun: readArgpOptions, runc: readGoOptions };

/** The last one counts, as in both runtimes. */
export function optionOf(call: RuntimeArguments, name: string): string | undefined {
  return call.options.findLast((option) => option.row.name === name)?.value;
}

export function optionsOf(call: RuntimeArguments, name: string): readonly string[] {
  return call.options.flatMap((option) => (option.row.name === name ? [option.value ?? ""] : []));
}

/** Whether a switch is on. */
export function isSwitchedOn(call: RuntimeArguments, name: string): boolean {
  const last = call.options.findLast((option) => option.row.name === name);
  return last !== undefined && isOn(last);
}

/** The option for which the runtime prints something, starts nothing and ends. */
export function printingOption(call: RuntimeArguments): string | undefined {
  return call.options.find((option) => option.row.prints && isOn(option))?.row.name;
}

/** `--tty=no` is crun's (src/exec.c), `--detach=F` one of Go's. */
export function isOn({ value }: Option): boolean {
  return value === undefined || (value !== "no" && parseGoBoolean(value) !== false);
}

export function isRuntimeName(name: string): name is RuntimeName {
  return Object.hasOwn(GRAMMARS, name);
}

/** Never throws: what comes before a problem has been read. */
export function parseRuntimeArguments(words: readonly string[], runtime: RuntimeName): RuntimeArguments {
  const read = GRAMMARS[runtime];
  const globals = read(words, rowsFor(runtime, GLOBAL_OPTIONS), true);
  const [verb, ...afterVerb] = globals.operands;
  if (globals.problem !== undefined || verb === undefined) return globals;
  const row = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (row === undefined) return { ...globals, operands: afterVerb, verb };
  const own = read(afterVerb, rowsFor(runtime, optionsAfterVerb(runtime, row)), row.operands === undefined);
  return readOperands(verb, row, { ...own, options: [...globals.options, ...own.options] });
}

/** Whether both grammars have one and the same reading: then no version of either runtime has another one. */
export function readsAlike(words: readonly string[]): boolean {
  const [one, other] = Object.keys(GRAMMARS).map((name) => parseRuntimeArguments(words, name as RuntimeName));
  return one!.problem === undefined && summarize(one!) === summarize(other!);
}

function summarize({ verb, options, operands, problem }: RuntimeArguments): string {
  return JSON.stringify([verb, options.map(({ row, value }) => [row.name, value]), operands, problem]);
}

function rowsFor(runtime: RuntimeName, rows: readonly OptionRow[]): readonly OptionRow[] {
  return rows.filter(({ only }) => only === undefined || only === runtime);
}

function optionsAfterVerb(runtime: RuntimeName, { options }: VerbRow): readonly OptionRow[] {
  return runtime === "runc" ? [...options, ...GLOBAL_OPTIONS] : options;
}

function readOperands(verb: string, { operands: count, idAt = 0 }: VerbRow, words: Words): RuntimeArguments {
  const { operands } = words;
  const call = { ...words, verb };
  const id = operands[idAt];
  const isComplete = count === undefined ? operands.length >= 1 : operands.length === count;
  if (isComplete || words.problem !== undefined || printingOption(call) !== undefined)
    return id === undefined ? call : { ...call, id };
  return { ...call, problem: `found ${operands.length} operands, expected ${count ?? "a container ID and a command"}` };
}
