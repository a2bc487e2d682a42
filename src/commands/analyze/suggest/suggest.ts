import { DIRECTIVES } from "../../../directives/index.gen.ts";
import { oneLine, quote, UserError, UserErrors } from "../../../errors.ts";
import { formatTenths, measureExposure } from "../../../exposure/score.ts";
import { onEndSignals } from "../../../sys/child.ts";
import { complain, print } from "../../../sys/output.ts";
import type { Options } from "../../options.ts";
import { readSettings } from "../../pipeline.ts";
import { type Request, readRequest, SERVICE_OPTIONS } from "../../request.ts";
import { examineService } from "../examined.ts";
import { CANDIDATES, type Candidate, nameOf } from "./candidates.ts";
import { formatProfile } from "./profileText.ts";
import { type Found, search } from "./search.ts";
import { makeTrials, type Trials } from "./trials.ts";

const INTERRUPTED = 130;

/**
 * Prints the strictest settings with which a command still passes, as a profile for `dynuser run`; 130 when it was
 * interrupted, and prints what it has by then.
 * @throws UserError when the command fails even without them
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
    await refuseFailing(trials);
    const found = await search(candidatesFor(request), (settings) => trials.run(settings));
    await report(found, request, trials);
    return found.isComplete ? 0 : INTERRUPTED;
  } finally {
    forget();
  }
}

async function readBase(options: Options): Promise<Request> {
  if (options.rest.length === 0)
    throw new UserError("cannot suggest anything: found no command, expected one after --");
  const request = await readRequest(options);
  if (request.problems.length > 0) throw new UserErrors(request.problems);
  const isDynamic = request.settings.some(({ name }) => name === "DynamicUser" || name === "User");
  const dynamic = { name: "DynamicUser", value: "yes", place: "-p", lenient: false };
  return isDynamic ? request : { ...request, settings: [dynamic, ...request.settings] };
}

function readSeconds(options: Options): number {
  const text = options.get("timeout") ?? "60";
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError(`cannot read --timeout: found ${quote(text)}, expected seconds`);
}

/** The words of `dynuser run` before and after the settings that are tried. */
function callOf(options: Options, { settings, argv }: Request) {
  const given = SERVICE_OPTIONS.filter((option) => options.has(option.name));
  const before = given.flatMap((option) =>
    "argument" in option
      ? options.all(option.name).flatMap((value) => [`--${option.name}`, value])
      : [`--${option.name}`],
  );
  const isAdded = settings[0]?.name === "DynamicUser" && !options.all("property").includes("DynamicUser=yes");
  return { before: [...(isAdded ? ["-p", "DynamicUser=yes"] : []), ...before], command: argv };
}

async function refuseFailing(trials: Trials): Promise<void> {
  const passes = await trials.run([]);
  if (passes === false) throw new UserError("cannot suggest anything: the command fails without further settings, too");
}

/** What the user has set stays as it is; what that brings along needs no setting of its own. */
function candidatesFor({ settings }: Request): readonly Candidate[] {
  const { service } = readSettings(settings, { unit: "suggest.service", door: "run" });
  const written = new Set(settings.map(({ name }) => name));
  return CANDIDATES.filter(({ settings: [setting = ""] }) => {
    const directive = DIRECTIVES.get(nameOf(setting));
    if (directive === undefined || !["full", "partial"].includes(directive.support)) return false;
    const isBrought = service.impliedBy(directive) !== undefined && directive.name !== "ProtectHome";
    return !written.has(directive.name) && !isBrought;
  });
}

async function report(found: Found, request: Request, trials: Trials): Promise<void> {
  const own = request.settings
    .filter(({ name }) => !name.startsWith("Exec"))
    .map(({ name, value }) => `${name}=${value}`);
  const what = oneLine(request.argv.join(" ")).slice(0, 80);
  const how = found.isComplete ? "the strictest that were found" : "what was found until it was interrupted";
  print(formatProfile(`${what}: ${how}, in ${trials.count} runs`, [...own, ...found.settings]));
  const [before, after] = await Promise.all([exposureOf(request, []), exposureOf(request, found.settings)]);
  complain(`exposure ${before} → ${after}`);
}

async function exposureOf(request: Request, more: readonly string[]): Promise<string> {
  const added = more.map((text) => ({
    name: nameOf(text),
    value: text.slice(nameOf(text).length + 1),
    place: "-p",
    lenient: false,
  }));
  const { after } = await examineService({ ...request, settings: [...request.settings, ...added] });
  return formatTenths(measureExposure(after).tenths);
}
