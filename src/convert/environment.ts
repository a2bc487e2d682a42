import { Environment, EnvironmentFile, PassEnvironment } from "../directives/environment.ts";
import type { Service } from "../model/directive.ts";
import { reasonText } from "../sys/failure.ts";
import { tryReadText } from "../sys/files/files.ts";
import { matchPaths } from "../sys/files/glob.ts";
import type { Variables } from "../values/environment.ts";
import { parseEnvironmentFile } from "../values/environmentFile.ts";
import type { FilePattern } from "../values/environmentFiles.ts";

export interface CarriedEnvironment {
  readonly environment: Variables;
  /** Of the files, as they are now. */
  readonly files: Variables;
  /** Files that the engine can read at each start. */
  readonly environmentFiles: readonly string[];
  readonly passed: readonly string[];
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Variables as options of the engine. A file is named where engines read it as systemd does; otherwise its variables are
 * copied.
 * @param namesFiles whether the form can name a file
 */
export function environmentOf(service: Service, namesFiles: boolean): CarriedEnvironment {
  const files = (service.get(EnvironmentFile) ?? []).flatMap(readFiles);
  const variables = Object.assign({}, ...files.map((file) => file.variables)) as Variables;
  const isNamed = (file: ReadFile) => namesFiles && file.isPlain;
  const copied = files.filter((file) => !isNamed(file) && Object.keys(file.variables).length > 0);
  const set = Object.entries(service.get(Environment) ?? {}).filter(([name]) => !Object.hasOwn(variables, name));
  return {
    environment: Object.assign(Object.fromEntries(set), ...copied.map((file) => file.variables)) as Variables,
    files: variables,
    environmentFiles: files.filter(isNamed).map(({ path }) => path),
    passed: service.get(PassEnvironment) ?? [],
    leftOut: files.flatMap(({ problem }) => problem ?? []),
    notes: copied.map(({ path }) => `the variables of ${path} are copied as they are now`),
  };
}

interface ReadFile {
  readonly path: string;
  readonly variables: Variables;
  /** Whether engines, which know no quotes there, read the same. */
  readonly isPlain: boolean;
  readonly problem?: string;
}

function readFiles({ pattern, optional }: FilePattern): readonly ReadFile[] {
  const paths = /[*?[]/.test(pattern) ? matchPaths(pattern) : [pattern];
  return paths.map((path) => readFile(path, optional));
}

function readFile(path: string, optional: boolean): ReadFile {
  const text = textOf(path);
  if (typeof text === "string") return { path, variables: parseEnvironmentFile(text), isPlain: isPlain(text) };
  const found = text?.reason ?? "there is none now";
  if (!optional)
    return { path, variables: {}, isPlain: true, problem: `the variables of ${path} in ExecStart=: ${found}` };
  return { path, variables: {}, isPlain: false, problem: `EnvironmentFile=-${path}: ${found}` };
}

function textOf(path: string): string | { readonly reason: string } | undefined {
  try {
    return tryReadText(path);
  } catch (error) {
    return { reason: reasonText(error) };
  }
}

/** Lines of names and values without quotes, comments behind them, or what Compose would replace. */
function isPlain(text: string): boolean {
  return text
    .split("\n")
    .every((line) => /^(?:\s*|[#;].*|[A-Za-z_]\w*=(?:[^\s"'\\$#`](?:[^"'\\$#`\r]*[^\s"'\\$#`])?)?)$/.test(line));
}
