import { dirname } from "node:path";
import { parseConfiguration } from "../../../config/parse.ts";
import { problemsIn } from "../../../errors.ts";
import { CONFIGURATION_PATH, PROFILES_DIRECTORY } from "../../../model/paths.ts";
import { type Area, type Finding, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

export const configuration: Area<Host> = {
  name: "configuration",
  *probe(host) {
    yield* probeTrust(host);
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

/** Files from which root's policy is read. */
function* probeTrust(host: Host): Iterable<Finding> {
  const profiles = host.list(PROFILES_DIRECTORY).map((name) => `${PROFILES_DIRECTORY}/${name}`);
  for (const path of [dirname(CONFIGURATION_PATH), CONFIGURATION_PATH, PROFILES_DIRECTORY, ...profiles]) {
    const status = host.status(path);
    if (status === undefined || (status.uid === 0 && (status.mode & 0o022) === 0)) continue;
    yield problem(`${path} can be written by others than root`, `chown root ${path} && chmod go-w ${path}`);
  }
}

function mistakesIn(text: string): readonly string[] {
  try {
    parseConfiguration(text, CONFIGURATION_PATH);
    return [];
  } catch (error) {
    return problemsIn(error);
  }
}
