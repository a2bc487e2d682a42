import type { Difference } from "../../console/comparison.ts";
import { oneLine } from "../../errors.ts";
import type { Action, Release } from "../../model/action.ts";
import type { Edit } from "../../model/edit.ts";
import { formatWarning, type Owned } from "../../model/plan.ts";
import type { Predicted } from "../../start/pipeline.ts";
import { terminalWidth } from "../../sys/process/terminal.ts";
import { describeChange } from "./changes.ts";

export interface Shown extends Predicted {
  /** Settings without effect, one line each. */
  readonly ignored: readonly string[];
  readonly changes: readonly Difference[];
}

/** The end of a line names the directive, so a narrow terminal cuts the text before it. */
const WIDTH = Math.min(100, Math.max(60, terminalWidth() ?? 100));

/** What a run would do, in sections; no line is longer than WIDTH. */
export function formatShown({ identity, plan, ignored, changes }: Shown): string {
  const [files, process] = [true, false].map((isPath) =>
    plan.edits.filter(({ item }) => (item.kind === "path") === isPath && !isOverridden(item, plan.edits)),
  );
  return [
    ...section("User", [identity === undefined ? "root" : formatIdentity(identity)]),
    ...section("Files", describeAll(files!)),
    ...section("Process", describeAll(process!)),
    ...section("Before the start", describeAll(plan.actions)),
    ...section("After the end", describeAll(plan.releases)),
    ...section("Ignored", ignored),
    ...section("Warnings", plan.warnings.map(formatWarning)),
    ...section("config.json", [`${changes.length} changes (--json prints them)`]),
  ].join("\n");
}

/** A path that stays as on the host unless something else says more about it, which here is so. */
function isOverridden(edit: Edit, all: readonly Owned<Edit>[]): boolean {
  if (edit.kind !== "path" || edit.access !== "readWriteImplicit") return false;
  return all.some(({ item }) => item.kind === "path" && item.path === edit.path && item.access !== edit.access);
}

function formatIdentity({ name, uid, gid, leased }: NonNullable<Shown["identity"]>): string {
  return `${name}, UID ${uid}, GID ${gid}${leased ? ", allocated for the run" : ""}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${oneLine(line)}`)];
}

/** The directive stands at the end of its first line. */
function describeAll(changes: readonly Owned<Edit | Action | Release>[]): readonly string[] {
  return changes.map(({ owner, item }) => {
    const place = `  (${owner}=)`;
    const text = describeChange(item);
    const room = WIDTH - place.length - 2;
    return `${text.length > room ? `${text.slice(0, room - 1)}…` : text}${place}`;
  });
}
