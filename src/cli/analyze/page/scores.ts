import { type Exposure, formatTenths } from "../../../exposure/score.ts";
import { type Html, html } from "./html.ts";

/** Two bars on one scale. */
export function renderScores(before: Exposure, after: Exposure): Html {
  return html`<section class="scores" aria-label="Exposure before and after">
${renderScore("Before", before)}
${renderScore("After", after)}
<span class="scale" aria-hidden="true"><span>0 closed</span><span>5</span><span>10 open</span></span>
</section>`;
}

function renderScore(when: string, { tenths, level }: Exposure): Html {
  const label = `${when}: ${formatTenths(tenths)} of 10, ${level}`;
  return html`<div class="score ${shadeOf(tenths)}">
<span class="when">${when}</span>
<span class="bar" role="img" aria-label="${label}"><i style="--part: ${String(tenths)}%"></i></span>
<span class="figure"><b>${formatTenths(tenths)}</b><span class="level">${level}</span></span>
</div>`;
}

/** systemd's MEDIUM and EXPOSED begin here. */
function shadeOf(tenths: number): string {
  if (tenths < 50) return "good";
  return tenths < 75 ? "partly" : "bad";
}
