import type { Option, Options } from "../../../console/options.ts";
import { DIRECTIVES } from "../../../directives/index.gen.ts";
import { oneLine, quote, UserError, UserErrors } from "../../../errors.ts";
import { formatTenths, measureExposure } from "../../../exposure/score.ts";
import { SERVICE_OPTIONS } from "../../../run/request/options.ts";
import { type RunRequest, readRequest } from "../../../run/request/request.ts";
import { formatProfile } from "../../../settings/profileText.ts";
import type { Setting } from "../../../settings/setting.ts";
import { readSettings } from "../../../start/pipeline.ts";
import { onEndSignals } from "../../../sys/process/child.ts";
import { print, printError } from "../../../sys/process/output.ts";
import { examineService } from "../subject.ts";
import { CANDIDATES, type Candidate, nameOf } from "./candidates.ts";
import { type Found, search } from "./search.ts";
import { makeTrials, type Trials } from "./trials.ts";

const INTERRUPTED = 130;

/**
 * Prints the strictest settings with which a command still passes, as a profile for `dynuser run`. After an interrupt it prints
 * the settings found so far and returns 130.
 * @throws UserError when the command fails without them
 */
export async function suggest(options: Options): Promise<number> {
  const request = await readBase(options);
  const trials = makeTrials({
    ...callOf(options, request),
    check: options.get("check"),
    seconds: readSeconds(options),
  });
  const forget = onEndSignals(() => trials.stop());
  try {
    await refuseFailing(trials, request);
    const found = await search(candidatesFor(request), (settings) => trials.run(settings));
    await report(found, request, trials);
    return found.isComplete ? 0 : INTERRUPTED;
  } finally {
    forget();
  }
}

/** The profile that is printed names the settings that `run` implies. */
async function readBase(options: Options): Promise<RunRequest> {
  const request = await readRequest(options);
  if (request.problems.length > 0) throw new UserErrors(request.problems);
  const written = new Set(request.settings.map(({ name }) => name));
  const implied = request.defaults.filter(({ name }) => !written.has(name));
  return { ...request, settings: [...implied, ...request.settings] };
}

function readSeconds(options: Options): number {
  const text = options.get("timeout") ?? "60";
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError(`cannot read --timeout: found ${quote(text)}, expected seconds`);
}

/** The words of `dynuser run` before and after the settings that are tried. */
function callOf(options: Options, { argv }: RunRequest) {
  const given = options.given.filter(({ name }) => name !== "check" && name !== "timeout");
  const before = given.flatMap(({ name, value }) => (isSwitch(name) ? [`--${name}`] : [`--${name}=${value}`]));
  return { before, command: argv };
}

function isSwitch(name: string): boolean {
  const option: Option | undefined = SERVICE_OPTIONS.find((one) => one.name === name);
  return option?.argument === undefined;
}

async function refuseFailing(trials: Trials, { settings }: RunRequest): Promise<void> {
  if ((await trials.run([])) !== false) return;
  const base = settings.map(({ name, value }) => `${name}=${value}`).join(", ");
  throw new UserError(`cannot suggest settings: found that the command fails with ${base} alone, expected it to pass`);
}

/** Without directives that the user has set, or that these imply. */
function candidatesFor({ settings }: RunRequest): readonly Candidate[] {
  const { service } = readSettings(settings, { unit: "suggest.service", mode: "run" });
  const written = new Set(settings.map(({ name }) => name));
  return CANDIDATES.filter(({ settings: [setting = ""] }) => {
    const directive = DIRECTIVES.get(nameOf(setting));
    if (directive === undefined || !["full", "partial"].includes(directive.support)) return false;
    const isBrought = service.impliedBy(directive) !== undefined && directive.name !== "ProtectHome";
    return !written.has(directive.name) && !isBrought;
  });
}

async function report(found: Found, request: RunRequest, trials: Trials): Promise<void> {
  const own = request.settings.filter(({ name }) => !name.startsWith("Exec"));
  const added = found.settings.map(toSetting);
  const what = oneLine(request.argv.join(" ")).slice(0, 80);
  const how = found.isComplete ? "the strictest that were found" : "what was found until it was interrupted";
  print(formatProfile([...own, ...added], `${what}: ${how}, in ${trials.count} runs`));
  const [before, after] = await Promise.all([exposureOf(request, []), exposureOf(request, added)]);
  printError(`exposure ${before} → ${after}`);
}

function toSetting(text: string): Setting {
  const name = nameOf(text);
  return { name, value: text.slice(name.length + 1), place: "-p", lenient: false };
}

async function exposureOf(request: RunRequest, added: readonly Setting[]): Promise<string> {
  const { after } = await examineService({ ...request, settings: [...request.settings, ...added] });
  return formatTenths(measureExposure(after).tenths);
}
