import { UserError, UserErrors } from "../../errors.ts";
import { completeConfiguration, type Engine } from "../../host/configuration.ts";
import type { Source } from "../../sources/setting.ts";
import { unitSections } from "../../sources/unitFile.ts";
import { complain, print } from "../../sys/output.ts";
import type { Options } from "../options.ts";
import { readSettings } from "../pipeline.ts";
import { readInput } from "../request.ts";
import { readUnit } from "../unit.ts";
import { type Carried, carry } from "./carry.ts";
import { formatKubernetes } from "./kubernetes.ts";
import { formatPodman } from "./podman.ts";
import { formatProfile } from "./profile.ts";
import { formatQuadlet } from "./quadlet.ts";

type Sections = ReadonlyMap<string, readonly string[]>;

interface Target {
  /** Whose rules for annotations hold. */
  readonly engine: Engine;
  format(carried: Carried, image: string, sections: Sections): string;
}

const TARGETS: Readonly<Record<string, Target>> = {
  podman: { engine: "podman", format: formatPodman },
  quadlet: { engine: "podman", format: formatQuadlet },
  kubernetes: { engine: "kubernetes", format: formatKubernetes },
};

/** The image where none is named: to be replaced by whoever takes the result. */
const NO_IMAGE = "IMAGE";

/** Prints what does for a container what the unit does for a service; on standard error what it does not do. */
export async function convert(options: Options): Promise<number> {
  const [path, ...more] = options.rest;
  const form = options.get("to");
  if (path === undefined || more.length > 0) throw new UserError("cannot convert: expected one unit file");
  const unit = readUnit(path);
  const source = {
    settings: unit.sources.flatMap(({ settings }) => settings),
    warnings: unit.sources.flatMap(({ warnings }) => warnings),
  };
  if (form === "profile") return convertToProfile(source, unit.name);
  const target = TARGETS[form ?? ""];
  if (target === undefined) {
    const found = form === undefined ? "no form" : JSON.stringify(form);
    throw new UserError(
      `cannot convert: found ${found}, expected ${[...Object.keys(TARGETS), "profile"].join(", ")} (--to)`,
    );
  }
  const { service, warnings } = readSettings(source.settings, { unit: unit.name, door: "run" });
  const rules = completeConfiguration({})[target.engine];
  const carried = carry({ name: unit.name, service, settings: source.settings }, rules);
  print(target.format(carried, options.get("image") ?? NO_IMAGE, unitSections(readInput(unit.path, "FILE"))).trimEnd());
  tell([...source.warnings, ...warnings.filter((line) => !line.startsWith("ignoring"))], carried.leftOut);
  return 0;
}

/** A profile may say all that a unit may. */
function convertToProfile(source: Source, name: string): number {
  const { warnings } = readSettings(source.settings, { unit: name, door: "run" });
  if (source.settings.length === 0) throw new UserErrors([`cannot convert ${name}: found no setting in [Service]`]);
  print(formatProfile(source.settings.filter(({ name: setting }) => !setting.startsWith("X-"))).trimEnd());
  tell([...source.warnings, ...warnings], []);
  return 0;
}

function tell(warnings: readonly string[], leftOut: readonly string[]): void {
  for (const warning of warnings) complain(warning);
  for (const line of leftOut) complain(`left out ${line}`);
}
