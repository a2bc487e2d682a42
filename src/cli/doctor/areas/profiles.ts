import { parseConfiguration } from "../../../config/parse.ts";
import { problemsIn, UserError } from "../../../errors.ts";
import { CONFIGURATION_PATH, PROFILES_DIRECTORY } from "../../../model/paths.ts";
import { readProfile } from "../../../settings/profile.ts";
import { readUnitFile } from "../../../settings/unitFile.ts";
import { readSettings } from "../../../start/pipeline.ts";
import { type Area, type Finding, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

export const profiles: Area<Host> = {
  name: "profiles",
  async *probe(host) {
    const files = host.list(PROFILES_DIRECTORY).filter((name) => /\.(?:yaml|service)$/.test(name));
    const missing = [...probeNamed(files, host)];
    yield* missing;
    let broken = 0;
    for (const file of files) {
      for (const text of await problemsOfProfile(`${PROFILES_DIRECTORY}/${file}`, host)) {
        broken += 1;
        yield problem(text, `correct ${PROFILES_DIRECTORY}/${file}`);
      }
    }
    if (missing.length === 0 && broken === 0) yield ok(`${files.length} profiles in ${PROFILES_DIRECTORY}`);
  },
};

/** Profiles that the configuration names. */
function* probeNamed(files: readonly string[], host: Host): Iterable<Finding> {
  for (const [engine, rules] of Object.entries(enginesOf(host))) {
    const names = [...(rules?.profiles ?? []), ...(rules?.defaultProfile === undefined ? [] : [rules.defaultProfile])];
    for (const name of new Set(names)) {
      if (files.includes(`${name}.yaml`) || files.includes(`${name}.service`)) continue;
      yield problem(
        `${CONFIGURATION_PATH} names profile ${name} for ${engine}, which is missing: its containers do not start`,
        `create ${PROFILES_DIRECTORY}/${name}.yaml`,
      );
    }
  }
}

/** Errors of the configuration are reported by its own area. */
function enginesOf(host: Host) {
  try {
    return parseConfiguration(host.read(CONFIGURATION_PATH) ?? "", CONFIGURATION_PATH).engines ?? {};
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}

async function problemsOfProfile(path: string, host: Host): Promise<readonly string[]> {
  const text = host.read(path);
  if (text === undefined) return [`cannot read ${path}`];
  try {
    const settings = path.endsWith(".yaml") ? await readProfile(text, path) : readUnitFile(text, path).settings;
    readSettings(settings, { unit: "profile.service", mode: "container" });
    return [];
  } catch (error) {
    return problemsIn(error);
  }
}
