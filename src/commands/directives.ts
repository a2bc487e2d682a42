import type { Directive } from "../directive.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { quote, UserError } from "../errors.ts";
import { formatJson } from "../oci/json.ts";
import { nearest } from "../sources/suggestion.ts";
import { print } from "../sys/output.ts";
import { describeGroup, GROUPS_OF_SYSTEMD } from "../values/systemCalls.ts";
import type { Options } from "./options.ts";

/** `dynuser directives [NAME…]`: what each of them means here; with --syscalls, what a group of system calls holds. */
export function listDirectives(options: Options): number {
  const group = options.get("syscalls");
  const isJson = options.has("json");
  if (group !== undefined) print(isJson ? formatJson(groupNamed(group)) : formatGroup(group));
  else if (isJson) print(formatJson(wanted(options.rest).map(describeRow)));
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
  const near = nearest(name, DIRECTIVES.keys());
  throw new UserError(
    `cannot describe ${quote(name)}: found no such directive${near === undefined ? "" : `, did you mean ${near}?`}`,
  );
}

function describeRow({ name, aliases = [], summary, value, support, effect, deviation }: Directive) {
  return { name, aliases, summary, syntax: value.syntax, support, effect, ...(deviation && { deviation }) };
}

/** One line for each; the whole of what was asked for by name. */
function formatRows(rows: readonly Directive[], isNamed: boolean): string {
  if (isNamed) return rows.map(formatRow).join("\n\n");
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, support, summary }) => `${name.padEnd(width)}  ${support.padEnd(7)}  ${summary}`).join("\n");
}

function formatRow(row: Directive): string {
  const { name, aliases, summary, syntax, support, effect, deviation } = describeRow(row);
  return [
    `${name}=${syntax}`,
    `  ${summary}.`,
    ...(aliases.length > 0 ? [`  Also: ${aliases.map((alias) => `${alias}=`).join(", ")}`] : []),
    `  Support: ${support}${deviation === undefined ? "" : `: ${deviation}`}`,
    `  Effect: ${effect}`,
  ].join("\n");
}

function groupNamed(group: string) {
  const systemCalls = describeGroup(group);
  if (systemCalls !== undefined) return { group, systemd: GROUPS_OF_SYSTEMD, systemCalls };
  const known = describeGroup(undefined)!.join(", ");
  throw new UserError(`cannot expand ${quote(group)}: found no such group, expected one of ${known} (--syscalls)`);
}

function formatGroup(group: string): string {
  const { systemd, systemCalls } = groupNamed(group);
  return [`# ${group} of systemd ${systemd}`, ...systemCalls].join("\n");
}
