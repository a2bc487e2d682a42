import { problemsIn } from "../../../errors.ts";
import { CONFIGURATION_PATH } from "../../../host/configuration.ts";
import { parseConfiguration } from "../../../host/configurationFile.ts";
import { type Area, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

export const configuration: Area<Host> = {
  name: "configuration",
  *probe(host) {
    const text = host.read(CONFIGURATION_PATH);
    if (text === undefined) {
      yield ok(`no ${CONFIGURATION_PATH}: every engine has its default policy`);
      return;
    }
    const mistakes = mistakesIn(text);
    for (const mistake of mistakes) yield problem(mistake, `change ${CONFIGURATION_PATH}`);
    if (mistakes.length === 0) yield ok(CONFIGURATION_PATH);
  },
};

function mistakesIn(text: string): readonly string[] {
  try {
    parseConfiguration(text, CONFIGURATION_PATH);
    return [];
  } catch (error) {
    return problemsIn(error);
  }
}
