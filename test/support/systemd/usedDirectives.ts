import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { problemsOf } from "../../../src/errors.ts";
import { hostSpecifier } from "../../../src/host/specifiers.ts";
import { readService } from "../../../src/settings/read.ts";
import { readUnitFile } from "../../../src/settings/unitFile.ts";
import { specifiersOf } from "../../../src/values/specifiers.ts";

/** Names of the directives that a unit uses and of those that they bring with them; of one that is refused, as written. */
export function usedDirectives(unit: string, text: string): ReadonlySet<string> {
  const { settings } = readUnitFile(text, unit);
  const vocabulary = { directives: DIRECTIVES, specifiers: specifiersOf(unit, hostSpecifier) };
  try {
    const { service } = readService(settings, vocabulary);
    return new Set([...service.entries()].map(([directive]) => directive.name));
  } catch (error) {
    if (problemsOf(error) === undefined) throw error;
    return new Set(settings.map(({ name }) => name));
  }
}
