import { isOn, printingOption, type RuntimeArguments } from "./arguments.ts";
import { GLOBAL_OPTIONS, type Option, type OptionRow } from "./options.ts";

/** The places that were judged, absolute, by the names of their options. */
export type Places = Readonly<Partial<Record<"root" | "bundle" | "config" | "process" | "resources", string>>>;

/** What was judged of a call. */
export interface Judged {
  readonly places: Places;
  /** Its container is a prepared one. */
  readonly isPrepared: boolean;
  /** The runtime would give the host's /dev/null away. */
  readonly needsPipe?: boolean;
}

/**
 * The words that a runtime can only read as the call was read here: each option once, as `--name=value`, where every
 * version takes it, the judged places in their absolute form last, and the operands behind `--`.
 */
export function canonicalWords(call: RuntimeArguments, places: Places): readonly string[] {
  const { verb, id, operands } = call;
  const printing = printingOption(call);
  if (printing !== undefined || verb === undefined) return [`--${printing ?? "help"}`];
  const { root, ...own } = places;
  const kept = effectiveOptions(call.options, places);
  return [
    ...kept.filter(isGlobal).map(formatOption),
    ...formatPlaces({ ...(root !== undefined && { root }) }),
    verb,
    ...kept.filter((option) => !isGlobal(option)).map(formatOption),
    ...formatPlaces(own),
    "--",
    ...(own.process === undefined || id === undefined ? operands : [id]),
  ];
}

/** What the runtime would heed of them: a process file has what describes a process. */
function effectiveOptions(options: readonly Option[], places: Places): readonly Option[] {
  return options.filter((option, index) => {
    const { name, repeats, takes, describesProcess } = option.row;
    if (Object.hasOwn(places, name) || (describesProcess && places.process !== undefined)) return false;
    const isLast = !options.slice(index + 1).some((later) => later.row.name === name);
    return takes === undefined ? isLast && isOn(option) : repeats || isLast;
  });
}

const GLOBAL_NAMES: ReadonlySet<string> = new Set(GLOBAL_OPTIONS.map(({ name }: OptionRow) => name));

function isGlobal({ row }: Option): boolean {
  return GLOBAL_NAMES.has(row.name);
}

function formatOption({ row, value }: Option): string {
  return row.takes === undefined || value === undefined ? `--${row.name}` : `--${row.name}=${value}`;
}

function formatPlaces(places: Places): readonly string[] {
  return Object.entries(places).map(([name, value]) => `--${name}=${value}`);
}

/** The words as a POSIX shell reads them back by `eval "set -- …"`; a newline is in a variable, so that it all is one line. */
export function quoteForShell(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''").replaceAll("\n", `'"$newline"'`)}'`).join(" ");
}
