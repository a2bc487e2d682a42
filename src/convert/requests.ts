import { allows, type Rules } from "../config/policy.ts";
import { isDynamic } from "../directives/dynamicUser.ts";
import { SERVICE_DIRECTORIES } from "../directives/execDirectories.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import type { Service } from "../model/directive.ts";
import { formatProfile } from "../settings/profileText.ts";
import type { Setting } from "../settings/setting.ts";
import { splitUnitName } from "../settings/unitName.ts";
import type { Translation } from "./translation.ts";

/**
 * How the settings reach dynuser: as annotations where the target's policy lets annotations have all of them, otherwise as
 * a profile, in which they hold together as they do in the unit.
 * @param settings those that dynuser applies to a container
 */
export function requestOf(
  unit: string,
  settings: readonly Setting[],
  service: Service,
  rules: Rules,
): Pick<Translation, "annotations" | "profile"> {
  const written = settings.map((setting) => ({ ...setting, value: withoutUnitSpecifiers(setting.value, unit) }));
  const { prefix } = splitUnitName(unit);
  if (written.every(({ name }) => isAdmitted(name, rules)) && !hasForeignDirectories(service)) {
    const groups = Map.groupBy(written, ({ name }) => name);
    const lines = [...groups].map(([name, members]) => [name, members.map(({ value }) => value).join("\n")] as const);
    return { annotations: new Map([["Name", prefix], ...lines]) };
  }
  const name = containerName(unit);
  return {
    annotations: new Map([
      ["Name", prefix],
      ["Profile", name],
    ]),
    profile: { name, text: formatProfile(written) },
  };
}

/** `web-one` of `web@one.service`. */
export function containerName(unit: string): string {
  return unit.replace(/\.[^.]*$/, "").replaceAll("@", "-");
}

function isAdmitted(name: string, rules: Rules): boolean {
  const row = DIRECTIVES.get(name);
  return row === undefined || allows(rules, row);
}

/** Annotations get directories for a dynamic user only. */
function hasForeignDirectories(service: Service): boolean {
  return !isDynamic({ service }) && SERVICE_DIRECTORIES.some(({ row }) => (service.get(row) ?? []).length > 0);
}

/** A container is no instance of a template: specifiers of the unit's name are expanded. */
function withoutUnitSpecifiers(value: string, unit: string): string {
  const stem = unit.replace(/\.[^.]*$/, "");
  const [prefix = "", ...instance] = stem.split("@");
  const words: Readonly<Record<string, string>> = {
    n: unit,
    N: stem,
    p: prefix,
    P: prefix,
    i: instance.join("@"),
    I: instance.join("@"),
    j: prefix.split("-").at(-1)!,
    J: prefix.split("-").at(-1)!,
  };
  return value.replace(/%(.)/g, (specifier, letter: string) => words[letter]?.replaceAll("%", "%%") ?? specifier);
}
