import { resolve } from "node:path";
import type { Given, Options } from "../../console/options.ts";
import { problemsIn, quote, UserError } from "../../errors.ts";
import { readFlag } from "../../settings/flags.ts";
import type { Setting, Source } from "../../settings/setting.ts";
import type { Unit } from "../../settings/unit.ts";
import { reasonText } from "../../sys/failure.ts";
import { tryReadText } from "../../sys/files/files.ts";
import { callerEnvironment } from "../../sys/process/process.ts";
import { type NetworkRequest, networkSettings, overriddenNetwork, readNetwork } from "../network/request.ts";
import { settingsOfShortcut } from "./shortcuts.ts";

/** The service that the options ask for. */
export interface RunRequest {
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
  /** One line for each option that could not be read. */
  readonly problems: readonly string[];
  /** The full name of the unit, `web.service`. */
  readonly unit: string | undefined;
  /** Its unit file, absolute. */
  readonly fragment: string | undefined;
  /** Assignments of the unit's section [Unit]. */
  readonly unitSettings: readonly Setting[];
  /** Refuse what is otherwise ignored with a warning. */
  readonly isStrict: boolean;
  readonly name: string | undefined;
  /** Settings that the others override. */
  readonly defaults: readonly Setting[];
  /** Absolute; absent for the host's root. */
  readonly rootfs: string | undefined;
  readonly runtime: string | undefined;
  readonly workspaces: Workspaces;
  readonly network: NetworkRequest;
  /** The command after the options; empty: the command of the unit. */
  readonly argv: readonly string[];
}

/** The caller's directories that a run works in. */
export interface Workspaces {
  /** Absolute; the first one is the working directory. */
  readonly paths: readonly string[];
  /** What would change how the caller's own git behaves, `.git`, is read-only. */
  readonly protectsGit: boolean;
  /** Changes go with the run. */
  readonly isDiscarded: boolean;
}

/** Read errors are in `problems`, to be reported together with problems of the settings. */
export async function readRequest(options: Options): Promise<RunRequest> {
  const isStrict = options.has("strict");
  const { sources, problems, unit, name } = await readSources(options);
  const network = await readNetwork(options);
  const written = sources.flatMap((source) => source.settings);
  const settings = [...written, ...networkSettings(network)];
  const warnings = [...sources.flatMap((source) => source.warnings), ...overriddenNetwork(network, written)];
  return {
    settings: isStrict ? settings.map((setting) => ({ ...setting, lenient: false })) : settings,
    warnings: isStrict ? [] : warnings,
    problems: isStrict ? [...problems, ...warnings.map((text) => text.replace(/^ignoring/, "refusing"))] : problems,
    unit: unit?.name,
    fragment: unit?.path,
    unitSettings: sources.flatMap((source) => source.unit ?? []),
    isStrict,
    name: options.get("name") ?? name,
    defaults: unit === undefined && !options.has("bundle") ? DEFAULTS : [],
    rootfs: resolved(options.get("rootfs")),
    runtime: options.get("runtime"),
    network,
    workspaces: {
      paths: options.all("workspace").map((path) => resolve(path)),
      protectsGit: options.has("protect-git"),
      isDiscarded: options.has("discard"),
    },
    argv: options.has("shell") && options.rest.length === 0 ? [process.env["SHELL"] ?? "/bin/sh"] : options.rest,
  };
}

/** A command has a dynamic user and the sandbox that DynamicUser= implies; a unit has systemd's defaults. */
const DEFAULTS: readonly Setting[] = [{ name: "DynamicUser", value: "yes", place: "dynuser run", lenient: false }];

/** Whether the command gets a new terminal. */
export function wantsTerminal(options: Options): boolean {
  return ["pty", "terminal", "shell"].some((name) => options.has(name));
}

function resolved(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

interface ReadSources {
  readonly sources: readonly Source[];
  readonly problems: readonly string[];
  /** The last one. */
  readonly unit: Unit | undefined;
  /** What --unit names, where it is no unit. */
  readonly name: string | undefined;
}

/** A unit first, then profiles, then single settings in their order, so that the later ones win. */
async function readSources(options: Options): Promise<ReadSources> {
  const { units, name } = await readUnitNames(options);
  const results = await Promise.allSettled([
    ...units.map(readUnitOf),
    ...options.all("profile").map(readProfileFile),
    readSettingsOf(() => impliedSettings(options)),
    ...options.given.map((given) => readSettingsOf(() => settingsOfOption(given))),
  ]);
  const failures = results.filter((result) => result.status === "rejected");
  const read: readonly Read[] = results.filter((result) => result.status === "fulfilled").map((result) => result.value);
  return {
    sources: read.flatMap(({ sources }) => sources),
    unit: read.findLast(({ unit }) => unit !== undefined)?.unit,
    name,
    problems: failures.flatMap(({ reason }) => problemsIn(reason)),
  };
}

/** As of systemd-run(1), --unit names the run of a command; the name or path of a unit that is there reads that unit. */
async function readUnitNames(options: Options) {
  const [files, words] = [options.all("file"), options.all("unit")];
  if (words.length === 0) return { units: files, name: undefined };
  const { isUnit } = await import("../../settings/unit.ts");
  const isName = (word: string) => options.rest.length > 0 && !word.includes("/") && !isUnit(word);
  const name = words.findLast(isName)?.replace(/\.service$/, "");
  return { units: [...files, ...words.filter((word) => !isName(word))], name };
}

async function readSettingsOf(read: () => readonly Setting[]): Promise<Read> {
  return { sources: [{ settings: read(), warnings: [] }] };
}

/** Settings that come with an option and that others override. */
function impliedSettings(options: Options): readonly Setting[] {
  const terminal = wantsTerminal(options) ? settingsOfShortcut({ name: "setenv", value: "TERM" }) : [];
  return options.has("shell") ? [...terminal, ...settingsOfShortcut({ name: "same-dir", value: "" })] : terminal;
}

function settingsOfOption(given: Given): readonly Setting[] {
  if (given.name === "property") return [readFlag(given.value)];
  return settingsOfShortcut(given);
}

interface Read {
  readonly sources: readonly Source[];
  readonly unit?: Unit;
}

async function readUnitOf(asked: string): Promise<Read> {
  const unit = (await import("../../settings/unit.ts")).readUnit(asked);
  return { sources: unit.sources, unit };
}

/** A word without a slash may name a built-in profile, or one of the administrator's. */
async function readProfileFile(asked: string): Promise<Read> {
  const { builtInProfile, BUILT_IN_PROFILES } = await import("../../settings/builtInProfiles.ts");
  const builtIn = asked.includes("/") ? undefined : builtInProfile(asked, callerEnvironment());
  if (builtIn !== undefined) return { sources: [{ settings: builtIn, warnings: [] }] };
  const [{ readProfile }, { profilePath }] = await Promise.all([
    import("../../settings/profile.ts"),
    import("../../settings/profilePath.ts"),
  ]);
  const path = profilePath(asked, BUILT_IN_PROFILES);
  return { sources: [{ settings: await readProfile(readInput(path, "--profile"), path), warnings: [] }] };
}

export function readInput(path: string, option: string): string {
  try {
    const text = tryReadText(path);
    if (text !== undefined) return text;
  } catch (error) {
    throw new UserError(`cannot read ${quote(path)}: ${reasonText(error)} (${option})`);
  }
  throw new UserError(`cannot read ${quote(path)}: No such file or directory (${option})`);
}
