import type { Style } from "../../console/style.ts";
import { type Exposure, formatTenths } from "../../exposure/score.ts";
import type { Analysis, ComparedRow } from "./analysis.ts";

/** The analysis for a terminal: rows sorted by cost, the total last. */
export function formatTable({ title, before, after, rows, warnings }: Analysis, style: Style): string {
  const width = Math.max(...rows.map(({ after: { assessor } }) => assessor.name.length));
  return [
    ...rows.map((row) => formatRow(row, width, style)),
    ...warnings.map((warning) => style("yellow", warning)),
    "",
    `Exposure of ${title}: ${formatChange(before, after, style)}`,
  ].join("\n");
}

function formatChange(before: Exposure, after: Exposure, style: Style): string {
  const [from, to] = [before, after].map(({ tenths, level }) => `${formatTenths(tenths)} ${level}`);
  const colour = after.tenths >= 75 ? "red" : after.tenths >= 50 ? "yellow" : "green";
  return from === to ? style(colour, to!) : `${from} → ${style(colour, to!)}`;
}

function formatRow({ before, after }: ComparedRow, width: number, style: Style): string {
  const { name, range, right } = after.assessor;
  const [mark, colour, verb] = MARKS[markOf(after.badness, range)];
  const cost = after.badness === undefined ? "   " : formatTenths(after.tenths);
  const earlier = before.tenths === after.tenths ? "" : style("dim", `  was ${formatTenths(before.tenths)}`);
  return `${style(colour, mark)} ${name.padEnd(width)}  ${after.tenths > 0 ? cost : "   "}  ${verb} ${right}${earlier}`;
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
