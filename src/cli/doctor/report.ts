import type { Style } from "../../console/style.ts";
import { oneLine } from "../../errors.ts";
import type { Area, Finding } from "./finding.ts";

export interface AreaFinding extends Finding {
  readonly area: string;
}

export async function diagnose<F>(areas: readonly Area<F>[], facts: F): Promise<readonly AreaFinding[]> {
  const findings: AreaFinding[] = [];
  for (const area of areas) {
    for await (const finding of area.probe(facts)) findings.push({ area: area.name, ...finding });
  }
  return findings;
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
