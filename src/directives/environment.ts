import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import {
  assignments,
  isVariableName,
  type Variables,
  variableNames,
  variablesToRemove,
} from "../values/environment.ts";
import { parseEnvironmentFile } from "../values/environmentFile.ts";
import { type FilePattern, filePatterns } from "../values/environmentFiles.ts";
import { searchPath } from "../values/searchPath.ts";

/** systemd's limit for one file (src/basic/fileio.c, READ_FULL_BYTES_MAX). */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024;

export const Environment = directive({
  name: "Environment",
  summary: "Sets environment variables for the service's processes",
  value: assignments,
  support: "full",
  effect: "neutral",
  *plan(variables) {
    yield { kind: "environment", layer: "set", variables };
  },
});

export const EnvironmentFile = directive({
  name: "EnvironmentFile",
  summary: "Reads environment variables from files of the host at each start",
  value: filePatterns,
  support: "full",
  effect: "grants",
  *plan(patterns, context) {
    const files = patterns.flatMap((pattern) => filesOf(pattern, context));
    const read = files.map((file) => readFile(file, context));
    yield { kind: "environment", layer: "file", variables: Object.assign({}, ...read.map((one) => one.variables)) };
    for (const { warnings } of read) yield* warnings;
  },
});

export const PassEnvironment = directive({
  name: "PassEnvironment",
  summary: "Passes environment variables of the caller to the service's processes",
  value: variableNames,
  support: "partial",
  effect: "neutral",
  deviation: "the variables are those of the process that starts the container, not of a service manager",
  *plan(names, { scope }) {
    const known = names.filter((name) => Object.hasOwn(scope.environment, name));
    const variables = Object.fromEntries(known.map((name) => [name, scope.environment[name]!]));
    yield { kind: "environment", layer: "passed", variables };
  },
});

export const UnsetEnvironment = directive({
  name: "UnsetEnvironment",
  summary: "Removes environment variables after all other settings were applied",
  value: variablesToRemove,
  support: "full",
  effect: "neutral",
  *plan(names) {
    yield { kind: "unsetEnvironment", names };
  },
});

export const ExecSearchPath = directive({
  name: "ExecSearchPath",
  summary: "Directories in which executables are looked up; also sets PATH",
  value: searchPath,
  support: "full",
  effect: "neutral",
  *plan(paths) {
    yield { kind: "environment", layer: "searchPath", variables: { PATH: paths.join(":") } };
  },
});

function filesOf({ pattern, optional }: FilePattern, { facts }: Context): readonly string[] {
  const files = facts.host.match(pattern);
  if (files.length > 0 || optional) return files;
  throw new UserError(
    `cannot honour EnvironmentFile=: found no file ${quote(pattern)} on the host, expected one, or a "-" before it`,
  );
}

interface ReadFile {
  readonly variables: Variables;
  readonly warnings: readonly PlannedChange[];
}

function readFile(file: string, { facts }: Context): ReadFile {
  const text = facts.host.read(file, FILE_LIMIT_BYTES) ?? "";
  const all = Object.entries(parseEnvironmentFile(text));
  const bad = all.filter(([name]) => !isVariableName(name));
  return {
    variables: Object.fromEntries(all.filter(([name]) => isVariableName(name))),
    warnings: bad.map(([name]) => ({
      kind: "warning",
      text: `ignoring ${quote(name)}: expected the name of a variable (${file})`,
    })),
  };
}
