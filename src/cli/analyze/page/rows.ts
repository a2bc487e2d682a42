import { formatTenths } from "../../../exposure/score.ts";
import type { ComparedRow } from "../analysis.ts";
import { MARKS, markOf } from "../table.ts";
import { type Html, html } from "./html.ts";

/** The most that one row can cost, as a share of the widest bar. */
const WIDEST = 2500;

/** What costs something, most first; the rest behind a fold. */
export function renderRows(rows: readonly ComparedRow[]): Html {
  const costly = rows.filter(({ after }) => after.cost > 0);
  const free = rows.filter(({ after }) => after.cost === 0);
  return html`<section aria-labelledby="rows">
<h2 id="rows">What it costs</h2>
<p class="note">${costly.length === 0 ? "No right is left to drop." : "What it may still do, most expensive first."}</p>
<ul class="rows">${costly.map(renderRow)}</ul>
${free.length === 0 ? html`` : html`<details><summary>${String(free.length)} rows that cost nothing</summary><ul class="rows">${free.map(renderRow)}</ul></details>`}
</section>`;
}

function renderRow({ before, after }: ComparedRow): Html {
  const { name, range, right } = after.assessor;
  const mark = markOf(after.badness, range);
  const [sign, , verb] = MARKS[mark];
  const change =
    before.cost > after.cost ? html` <span class="change">was ${formatTenths(before.tenths)}</span>` : html``;
  return html`<li class="row ${mark}">
<span class="mark" aria-hidden="true">${sign}</span>
<span>${verb} ${right.replaceAll("'", "’")}${change}<span class="name">${name}</span></span>
<span class="bar" aria-hidden="true"><i class="was" style="--part: ${partOf(before.cost)}"></i><i style="--part: ${partOf(after.cost)}"></i></span>
<span class="cost">${after.cost > 0 ? formatTenths(after.tenths) : "0"}</span>
</li>`;
}

function partOf(cost: number): string {
  return `${Math.round((cost / WIDEST) * 1000) / 10}%`;
}
