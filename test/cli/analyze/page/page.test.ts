import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Analysis } from "../../../../src/cli/analyze/analysis.ts";
import { renderPage } from "../../../../src/cli/analyze/page/page.ts";
import { ASSESSORS } from "../../../../src/exposure/assessors.ts";
import { weigh } from "../../../../src/exposure/score.ts";

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&\x1b[31m\u202e`;

function analysisOf(text: string): Analysis {
  const exposure = weigh(ASSESSORS.map((assessor) => [assessor, assessor.range]));
  const place = { path: `/${text}`, access: "writable", isTemporary: false, isIdMapped: true, owners: [text] } as const;
  return {
    title: text,
    before: exposure,
    after: exposure,
    rows: exposure.rows.map((row) => ({ before: row, after: row })),
    files: [{ ...place, path: "/" }, place],
    warnings: [text],
  };
}

test("whatever a name holds stays text", () => {
  const page = renderPage(analysisOf(HOSTILE));
  assert.not.match(page, /<script|<img/);
  assert.not.match(page, /[\x00-\x09\x0b-\x1f\u202e]/);
  assert.is(page.match(/&lt;script&gt;/g)?.length, 6, "heading, title, warning, path and two owners");
});

test("the page needs nothing from anywhere", () => {
  const page = renderPage(analysisOf("web.service"));
  assert.match(page, /default-src &#39;none&#39;/);
  assert.not.match(page, /(?:src|href)=|url\(|@import|https?:/);
});

test.run();
