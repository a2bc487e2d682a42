import { oneLine } from "../../errors.ts";
import type { Style } from "../style.ts";
import type { Area, Finding } from "./finding.ts";

export interface AreaFinding extends Finding {
  readonly area: string;
}

export function diagnose<F>(areas: readonly Area<F>[], facts: F): readonly AreaFinding[] {
  return areas.flatMap((area) => [...area.probe(facts)].map((finding) => ({ area: area.name, ...finding })));
}

const COLOURS = { ok: "green", warning: "yellow", problem: "red" } as const;

/** One line for each finding, its remedy below it. */
export function formatReport(report: readonly AreaFinding[], style: Style): string {
  const width = Math.max(...report.map(({ area }) => area.length));
  return report.flatMap((finding) => formatFinding(finding, width, style)).join("\n");
}

function formatFinding({ area, state, text, remedy }: AreaFinding, width: number, style: Style): readonly string[] {
  const line = `${style(COLOURS[state], state.padEnd(7))}  ${area.padEnd(width)}  ${oneLine(text)}`;
  return remedy === undefined ? [line] : [line, `${" ".repeat(9 + width + 2)}→ ${oneLine(remedy)}`];
}
