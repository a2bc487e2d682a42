import type { Options } from "../console/options.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { quote, UserError } from "../errors.ts";
import type { Directive } from "../model/directive.ts";
import { formatJson } from "../oci/json.ts";
import { print } from "../sys/process/output.ts";
import { didYouMean } from "../values/suggestion.ts";
import { callsOfGroup, GROUPS_OF_SYSTEMD } from "../values/systemCalls.ts";

/** Describes directives; lists the calls of a group that --syscalls or an operand names. */
export function listDirectives(options: Options): number {
  const group = options.get("syscalls") ?? options.rest.find((word) => word.startsWith("@"));
  const isJson = options.has("json");
  if (group !== undefined) print(isJson ? formatJson(groupNamed(group)) : formatGroup(group));
  else if (isJson) print(formatJson(wanted(options.rest).map(rowToJson)));
  else print(formatRows(wanted(options.rest), options.rest.length > 0));
  return 0;
}

function wanted(names: readonly string[]): readonly Directive[] {
  if (names.length > 0) return names.map(findRow);
  return [...new Set(DIRECTIVES.values())].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function findRow(name: string): Directive {
  const row = DIRECTIVES.get(name.replace(/=$/, ""));
  if (row !== undefined) return row;
  const hint = didYouMean(name, DIRECTIVES.keys()) || ", expected one of dynuser directives";
  throw new UserError(`cannot describe ${quote(name)}: found no such directive${hint}`);
}

function rowToJson({ name, aliases = [], summary, value, support, effect, deviation }: Directive) {
  return { name, aliases, summary, syntax: value.syntax, support, effect, ...(deviation && { deviation }) };
}

/** One line for each; all members of those that are named. */
function formatRows(rows: readonly Directive[], isNamed: boolean): string {
  if (isNamed) return rows.map(formatRow).join("\n\n");
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, support, summary }) => `${name.padEnd(width)}  ${support.padEnd(7)}  ${summary}`).join("\n");
}

function formatRow(row: Directive): string {
  const { name, aliases, summary, syntax, support, effect, deviation } = rowToJson(row);
  return [
    `${name}=${syntax}`,
    `  ${summary}.`,
    ...(aliases.length > 0 ? [`  Also: ${aliases.map((alias) => `${alias}=`).join(", ")}`] : []),
    `  Support: ${support}${deviation === undefined ? "" : `: ${deviation}`}`,
    `  Effect: ${effect}`,
  ].join("\n");
}

function groupNamed(group: string) {
  const systemCalls = callsOfGroup(group);
  if (systemCalls !== undefined) return { group, systemd: GROUPS_OF_SYSTEMD, systemCalls };
  const known = callsOfGroup(undefined)!;
  throw new UserError(
    `cannot expand ${quote(group)}: found no such group, expected one of ${known.join(", ")} (--syscalls)${didYouMean(group, known)}`,
  );
}

function formatGroup(group: string): string {
  const { systemd, systemCalls } = groupNamed(group);
  return [`# ${group} of systemd ${systemd}`, ...systemCalls].join("\n");
}
