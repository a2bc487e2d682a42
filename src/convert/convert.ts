import { completeConfiguration } from "../config/configuration.ts";
import type { Options } from "../console/options.ts";
import { quote, UserError } from "../errors.ts";
import { formatProfile } from "../settings/profileText.ts";
import type { Setting } from "../settings/setting.ts";
import { readSettings } from "../start/pipeline.ts";
import { withContext } from "../sys/failure.ts";
import { print, printError } from "../sys/process/output.ts";
import { joinWords } from "../values/choice.ts";
import { didYouMean } from "../values/suggestion.ts";
import { carry } from "./carry.ts";
import { compose } from "./compose.ts";
import type { Form } from "./form.ts";
import { readInput } from "./input.ts";
import type { Input } from "./inputs.ts";
import { kubernetes } from "./kubernetes.ts";
import { administratorsPart, type Output, withAdministratorsPart, writeOutput } from "./output.ts";
import { podman } from "./podman.ts";
import { quadlet } from "./quadlet.ts";
import { withoutBusType } from "./timing.ts";
import type { Translation, Unit } from "./translation.ts";

const FORMS: Readonly<Record<string, Form>> = { podman, quadlet, kubernetes, compose };

/** A placeholder for the image, to be replaced by the user. */
const NO_IMAGE = "IMAGE";

/** Prints the unit as a container of the form; what is left out or differs goes to standard error. */
export function convert(options: Options): number {
  const name = options.get("to") ?? "";
  const input = readInput(options.rest[0] ?? "");
  if (name === "profile") return convertToProfile(input);
  const form = FORMS[name] ?? refuseForm(name);
  const { unit, warnings } = readChosen(input, options);
  const rules = completeConfiguration({})[form.engine];
  const carried: Translation = { ...carry(unit, form.words, rules), ...input.container };
  const formatted = form.format(carried, options.get("image") ?? input.image ?? NO_IMAGE, input.sections);
  const output: Output = { carried, form, text: formatted.text, administrator: administratorsPart(carried, form) };
  const directory = options.get("output");
  print(
    directory === undefined
      ? withAdministratorsPart(output).trimEnd()
      : withContext(`write --output ${directory}`, () => writeOutput(output, directory)).join("\n"),
  );
  for (const line of warnings) printError(line);
  for (const line of [...(input.leftOut ?? []), ...carried.leftOut, ...formatted.leftOut])
    printError(`left out ${line}`);
  for (const line of carried.notes) printError(`note: ${line}`);
  return 0;
}

function refuseForm(name: string): never {
  const forms = [...Object.keys(FORMS), "profile"];
  throw new UserError(`cannot read --to: found ${quote(name)}, expected ${joinWords(forms)}${didYouMean(name, forms)}`);
}

function readChosen(input: Input, options: Options): { readonly unit: Unit; readonly warnings: readonly string[] } {
  const settings = chooseUser(input.settings, options.get("user") ?? "image");
  const { service, warnings } = readSettings(withoutBusType(settings), { unit: input.name, mode: "run" });
  return {
    unit: { name: input.name, service, settings },
    warnings: [...input.warnings, ...warnings.filter((line) => !line.startsWith("ignoring"))],
  };
}

/** A static user is the image's, or a dynamic user takes its place. */
function chooseUser(settings: readonly Setting[], choice: string): readonly Setting[] {
  const choices = ["image", "dynamic"];
  if (!choices.includes(choice)) {
    throw new UserError(
      `cannot read --user: found ${quote(choice)}, expected ${joinWords(choices)}${didYouMean(choice, choices)}`,
    );
  }
  if (choice === "image") return settings;
  const others = settings.filter(({ name }) => !["User", "Group", "DynamicUser"].includes(name));
  return [{ name: "DynamicUser", value: "yes", place: "--user dynamic", lenient: false }, ...others];
}

/** A profile can hold every setting of a unit. */
function convertToProfile({ name, settings, warnings }: Input): number {
  const read = readSettings(settings, { unit: name, mode: "run" });
  const known = settings.filter(({ name: setting }) => !setting.startsWith("X-"));
  print(formatProfile([...unitDefaults(known), ...known]));
  for (const line of [...warnings, ...read.warnings]) printError(line);
  return 0;
}

/** A unit without DynamicUser= has none; a command with a profile has one by default. */
function unitDefaults(settings: readonly Setting[]): readonly Setting[] {
  if (settings.some(({ name }) => name === "DynamicUser")) return [];
  return [{ name: "DynamicUser", value: "no", place: "--to profile", lenient: false }];
}
