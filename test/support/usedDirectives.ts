import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { problemsOf } from "../../src/errors.ts";
import { hostFact } from "../../src/host/about.ts";
import { readService } from "../../src/sources/read.ts";
import { readUnitFile } from "../../src/sources/unitFile.ts";
import { specifiersOf } from "../../src/values/specifiers.ts";

/** Names of the directives that a unit uses and of those that they bring with them; of one that is refused, as written. */
export function usedDirectives(unit: string, text: string): ReadonlySet<string> {
  const { settings } = readUnitFile(text, unit);
  const vocabulary = { directives: DIRECTIVES, specifiers: specifiersOf(unit, hostFact) };
  try {
    const { service } = readService(settings, vocabulary);
    return new Set([...service.entries()].map(([directive]) => directive.name));
  } catch (error) {
    if (problemsOf(error) === undefined) throw error;
    return new Set(settings.map(({ name }) => name));
  }
}
