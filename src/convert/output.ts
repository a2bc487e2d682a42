import { dirname, join } from "node:path";
import { CONFIGURATION_PATH, PROFILES_DIRECTORY } from "../model/paths.ts";
import { makeDirectories } from "../sys/files/files.ts";
import { replaceFile } from "../sys/files/write.ts";
import type { Form } from "./form.ts";
import type { Profile, Translation } from "./translation.ts";

/** What the administrator has to add for the container to start. */
export interface AdministratorsPart {
  readonly profile?: Profile;
  /** One line of the configuration. */
  readonly configuration?: string;
}

export interface Output {
  readonly carried: Translation;
  readonly form: Form;
  readonly text: string;
  readonly administrator: AdministratorsPart;
}

export function administratorsPart({ profile }: Translation, { engine }: Form): AdministratorsPart {
  if (profile === undefined) return {};
  // Tenants choose among the listed profiles only.
  const line = `engines: { ${engine}: { profiles: [${JSON.stringify(profile.name)}] } }`;
  return { profile, ...(engine === "kubernetes" && { configuration: line }) };
}

/** One text with everything: a script makes the files, other forms have them in a comment. */
export function withAdministratorsPart({ administrator, form, text }: Output): string {
  const { profile, configuration } = administrator;
  if (profile === undefined) return text;
  const path = profilePath(profile);
  if (form.suffix === ".sh") {
    return `#!/bin/sh -e\n# As root: the settings that annotations may not have are a profile.\nmkdir -p ${PROFILES_DIRECTORY}\ncat >${path} <<'END'\n${profile.text}\nEND\n${text}`;
  }
  const lines = [
    `${path}, which --output writes to a file, has to be:`,
    ...profile.text.split("\n").map((line) => `  ${line}`),
    ...(configuration === undefined ? [] : [`${CONFIGURATION_PATH} has to have:`, `  ${configuration}`]),
  ];
  return `${lines.map((line) => `# ${line}`).join("\n")}\n${text}`;
}

function profilePath({ name }: Profile): string {
  return `${PROFILES_DIRECTORY}/${name}.yaml`;
}

/** Writes the container, and what belongs below /etc/dynuser; returns the paths. */
export function writeOutput({ carried, form, text, administrator }: Output, directory: string): readonly string[] {
  const { profile, configuration } = administrator;
  const files = [
    [`${carried.name}${form.suffix}`, text],
    ...(profile === undefined ? [] : [[`dynuser/profiles/${profile.name}.yaml`, `${profile.text}\n`] as const]),
    ...(configuration === undefined ? [] : [["dynuser/config.yaml", `${configuration}\n`] as const]),
  ] as const;
  return files.map(([name, content]) => {
    const path = join(directory, name);
    makeDirectories(dirname(path));
    replaceFile(path, content, 0o644);
    return path;
  });
}
