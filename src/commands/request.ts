import { resolve } from "node:path";
import { problemsOf, quote, UserError } from "../errors.ts";
import { readFlag } from "../sources/flags.ts";
import type { Setting, Source } from "../sources/setting.ts";
import { tryReadText } from "../sys/files.ts";
import type { Option, Options } from "./options.ts";
import type { Unit } from "./unit.ts";

/** What `run` and `show` have in common. */
export const SERVICE_OPTIONS = [
  {
    name: "property",
    short: "p",
    argument: "NAME=VALUE",
    summary: "set a directive of systemd.exec(5), as often as you like",
  },
  { name: "unit", argument: "UNIT", summary: "take a unit file with its drop-ins, by its path or its name" },
  {
    name: "profile",
    argument: "FILE",
    summary: "take the directives of a YAML file, or those of the built-in profile ci",
  },
  { name: "name", argument: "NAME", summary: "name of the service and of its user" },
  { name: "rootfs", argument: "DIR", summary: "run in this tree instead of the host's own" },
  {
    name: "runtime",
    argument: "PATH",
    summary: "crun or runc, or where one is (default: the first that is installed)",
  },
  { name: "workspace", argument: "DIR", summary: "work in this directory, whose files keep their owner" },
  { name: "network", argument: "NAME", summary: "host, or none" },
  { name: "strict", summary: "refuse what systemd would warn about and ignore" },
] as const satisfies readonly Option[];

export const RUN_OPTIONS = [
  ...SERVICE_OPTIONS,
  { name: "terminal", short: "t", summary: "give the command a terminal of its own" },
  { name: "result", argument: "FILE", summary: "write down how it ended and what it used, as JSON" },
] as const satisfies readonly Option[];

export const SHOW_OPTIONS = [
  ...SERVICE_OPTIONS,
  { name: "bundle", argument: "DIR", summary: "start from the config.json of this bundle" },
  { name: "json", summary: "print JSON" },
] as const satisfies readonly Option[];

export const JSON_OPTIONS = [{ name: "json", summary: "print JSON" }] as const satisfies readonly Option[];

export const STATE_OPTIONS = [
  { name: "what", argument: "KIND", summary: "only state, cache or logs (default: all)" },
  { name: "json", summary: "print JSON" },
] as const satisfies readonly Option[];

export const CONVERT_OPTIONS = [
  { name: "to", argument: "FORM", summary: "podman, quadlet, kubernetes or profile" },
  { name: "image", argument: "IMAGE", summary: "the container's image" },
] as const satisfies readonly Option[];

/** The service that the options ask for. */
export interface Request {
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
  /** One line for each thing that could not be read. */
  readonly problems: readonly string[];
  /** The full name of the unit, `web.service`. */
  readonly unit: string | undefined;
  /** Its unit file, absolute. */
  readonly fragment: string | undefined;
  /** What the unit says to a service manager and not to us, one line each. */
  readonly notes: readonly string[];
  readonly name: string | undefined;
  /** Absolute; absent for the host's own tree. */
  readonly rootfs: string | undefined;
  readonly runtime: string | undefined;
  /** Absolute; where the command works, with the owner's files shown as the user's. */
  readonly workspace: string | undefined;
  /** As given after the options; empty: what the unit says. */
  readonly argv: readonly string[];
}

/** What cannot be read is in `problems`, so that it is told together with what the settings have wrong. */
export async function readRequest(options: Options): Promise<Request> {
  const isStrict = options.has("strict");
  const { sources, problems, unit } = await readSources(options);
  const settings = sources.flatMap((source) => source.settings);
  const warnings = sources.flatMap((source) => source.warnings);
  return {
    settings: isStrict ? settings.map((setting) => ({ ...setting, lenient: false })) : settings,
    warnings: isStrict ? [] : warnings,
    problems: isStrict ? [...problems, ...warnings.map((text) => text.replace(/^ignoring/, "refusing"))] : problems,
    unit: unit?.name,
    fragment: unit?.path,
    notes: sources.flatMap((source) => source.notes ?? []),
    name: options.get("name"),
    rootfs: resolved(options.get("rootfs")),
    runtime: options.get("runtime"),
    workspace: resolved(options.get("workspace")),
    argv: options.rest,
  };
}

function resolved(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

interface ReadSources {
  readonly sources: readonly Source[];
  readonly problems: readonly string[];
  /** The last one. */
  readonly unit: Unit | undefined;
}

async function readSources(options: Options): Promise<ReadSources> {
  const results = await Promise.allSettled([
    ...options.all("unit").map(readUnitOf),
    ...options.all("profile").map(readProfileFile),
    ...options.all("property").map(async (text) => ({ sources: [{ settings: [readFlag(text)], warnings: [] }] })),
    ...options.all("network").map(async (name) => ({ sources: [{ settings: [networkSetting(name)], warnings: [] }] })),
  ]);
  const failures = results.filter((result) => result.status === "rejected");
  const read: readonly Read[] = results.filter((result) => result.status === "fulfilled").map((result) => result.value);
  return {
    sources: read.flatMap(({ sources }) => sources),
    unit: read.findLast(({ unit }) => unit !== undefined)?.unit,
    problems: failures.flatMap(({ reason }) => {
      const problems = problemsOf(reason);
      if (problems === undefined) throw reason;
      return problems;
    }),
  };
}

interface Read {
  readonly sources: readonly Source[];
  readonly unit?: Unit;
}

async function readUnitOf(asked: string): Promise<Read> {
  const unit = (await import("./unit.ts")).readUnit(asked);
  return { sources: unit.sources, unit };
}

const NETWORKS: Readonly<Record<string, string>> = { host: "no", none: "yes" };

function networkSetting(name: string): Setting {
  const value = NETWORKS[name];
  if (value === undefined) throw new UserError(`cannot read --network: found ${quote(name)}, expected host or none`);
  return { name: "PrivateNetwork", value, place: "--network", lenient: false };
}

/** A word without a slash may name a profile that needs no file. */
async function readProfileFile(path: string): Promise<Read> {
  const { builtInProfile } = await import("../sources/builtInProfiles.ts");
  const builtIn = path.includes("/") ? undefined : builtInProfile(path);
  if (builtIn !== undefined) return { sources: [{ settings: builtIn, warnings: [] }] };
  const { readProfile } = await import("../sources/profile.ts");
  return { sources: [{ settings: await readProfile(readInput(path, "--profile"), path), warnings: [] }] };
}

export function readInput(path: string, option: string): string {
  try {
    const text = tryReadText(path);
    if (text !== undefined) return text;
  } catch (error) {
    throw new UserError(`cannot read ${quote(path)}: ${(error as NodeJS.ErrnoException).code} (${option})`);
  }
  throw new UserError(`cannot read ${quote(path)}: found nothing there, expected a file (${option})`);
}
