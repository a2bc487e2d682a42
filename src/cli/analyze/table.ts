import { shorten } from "../../console/columns.ts";
import type { Style } from "../../console/style.ts";
import { type Exposure, formatTenths } from "../../exposure/score.ts";
import type { Analysis, ComparedRow } from "./analysis.ts";

/**
 * The analysis for a terminal: rows sorted by cost, the total last.
 * @param width of the terminal, if there is one; where it is too small the settings have lines of their own
 */
export function formatTable(
  { title, before, after, rows, warnings }: Analysis,
  style: Style,
  width = Number.POSITIVE_INFINITY,
): string {
  const column = Math.max(...rows.map(({ after: { assessor } }) => assessor.name.length));
  const widest = Math.max(...rows.map((row) => formatRow(row, column, PLAIN).length));
  return [
    ...rows.map((row) => (widest > width ? formatNarrow(row, width, style) : formatRow(row, column, style))),
    ...warnings.map((warning) => style("yellow", warning)),
    "",
    `Exposure of ${title}: ${formatChange(before, after, style)}`,
  ].join("\n");
}

const PLAIN: Style = (_, text) => text;

function formatChange(before: Exposure, after: Exposure, style: Style): string {
  const [from, to] = [before, after].map(({ tenths, level }) => `${formatTenths(tenths)} ${level}`);
  const colour = after.tenths >= 75 ? "red" : after.tenths >= 50 ? "yellow" : "green";
  return from === to ? style(colour, to!) : `${from} → ${style(colour, to!)}`;
}

function formatRow(row: ComparedRow, width: number, style: Style): string {
  const { mark, cost, text, earlier } = describeRow(row, style);
  return `${mark} ${row.after.assessor.name.padEnd(width)}  ${cost}  ${text}${earlier}`;
}

function formatNarrow(row: ComparedRow, width: number, style: Style): string {
  const { mark, cost, text, earlier } = describeRow(row, style);
  const indent = " ".repeat(6);
  const room = width - indent.length - (earlier === "" ? 0 : "  was 0.2".length);
  return `${mark} ${cost} ${text}\n${indent}${shorten(row.after.assessor.name, room)}${earlier}`;
}

function describeRow({ before, after }: ComparedRow, style: Style) {
  const { range, right } = after.assessor;
  const [mark, colour, verb] = MARKS[markOf(after.badness, range)];
  return {
    mark: style(colour, mark),
    cost: after.badness !== undefined && after.tenths > 0 ? formatTenths(after.tenths) : "   ",
    text: `${verb} ${right}`,
    earlier: before.tenths === after.tenths ? "" : style("dim", `  was ${formatTenths(before.tenths)}`),
  };
}

export const MARKS = {
  good: ["✓", "green", "may not"],
  partly: ["~", "yellow", "may in part"],
  bad: ["✗", "red", "may"],
  absent: [" ", "dim", "is not asked whether it may"],
} as const;

export function markOf(badness: number | undefined, range: number): keyof typeof MARKS {
  if (badness === undefined) return "absent";
  if (badness === 0) return "good";
  return badness < range ? "partly" : "bad";
}
