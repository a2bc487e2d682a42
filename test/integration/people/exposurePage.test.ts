import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { measurePage, type View } from "../../support/browser.ts";
import { dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

interface Measured {
  readonly overflow: number;
  readonly background: string;
  /** Texts with less contrast than WCAG's AA asks for, with their ratio. */
  readonly faint: readonly string[];
  readonly scores: readonly string[];
  readonly costs: readonly number[];
  readonly paths: Readonly<Record<string, string>>;
  readonly scripts: number;
}

const MEASURE = `(w) => {
  const d = w.document;
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = channels(w.getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const contrast = (e) => { const [a, b] = [light(channels(w.getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  for (const fold of d.querySelectorAll("details")) fold.open = true;
  const texts = [...d.querySelectorAll("body *")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && e.getClientRects().length > 0);
  return {
    overflow: d.documentElement.scrollWidth - d.documentElement.clientWidth,
    background: w.getComputedStyle(d.body).backgroundColor,
    faint: texts.filter((e) => contrast(e) < 4.5).map((e) => e.className + " " + e.textContent.trim().slice(0, 30) + " " + contrast(e).toFixed(2)),
    scores: [...d.querySelectorAll(".figure b")].map((e) => e.textContent),
    costs: [...d.querySelectorAll(".cost")].map((e) => Number(e.textContent)),
    paths: Object.fromEntries([...d.querySelectorAll(".tree li")].map((e) => [e.querySelector(".path").textContent, e.querySelector(".place").innerText.replace(/\\s+/g, " ")])),
    scripts: d.scripts.length,
  };
}`;

const VIEWS: readonly View[] = [
  { width: 1200, scheme: "light" },
  { width: 1200, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 320, scheme: "dark" },
];

const SETTINGS = [
  "DynamicUser=yes",
  "StateDirectory=web",
  "ProtectHome=yes",
  "TemporaryFileSystem=/opt",
  "ProtectClock=yes",
];

function makePage(): { readonly page: string; readonly report: string } {
  let made = { page: "", report: "" };
  withScratch((directory) => {
    const file = `${directory}/page.html`;
    const { code, output, errors } = dynuser([
      "analyze",
      "--html",
      file,
      "--name",
      "web",
      ...SETTINGS.flatMap((one) => ["-p", one]),
    ]);
    assert.is(code, 0, errors);
    made = { page: readFileSync(file, "utf8"), report: output };
  });
  return made;
}

const { page, report } = makePage();

for (const view of VIEWS) {
  test(`the page is readable ${view.width} pixels wide and ${view.scheme}`, () => {
    const measured = measurePage<Measured>(page, MEASURE, view);
    assert.is(measured.overflow, 0, "nothing sticks out to the right");
    assert.equal(measured.faint, []);
    assert.is(measured.scripts, 0);
    const isDark = /rgb\(\d{1,2}, /.test(measured.background);
    assert.is(isDark, view.scheme === "dark", measured.background);
  });
}

test("the page shows the rows of the terminal, and the directive of each path", () => {
  const { scores, costs, paths } = measurePage<Measured>(page, MEASURE, VIEWS[0]!);
  const [, before, after] = /: (\d+\.\d) \w+ → (\d+\.\d)/.exec(report)!;
  assert.equal(scores, [before, after]);
  assert.is(costs.length, 81);
  assert.equal(
    costs,
    costs.toSorted((a, b) => b - a),
    "what costs most first",
  );
  assert.match(paths["/"]!, /read-only ProtectSystem=/);
  assert.match(paths["/home"]!, /inaccessible ProtectHome=/);
  assert.match(paths["/opt"]!, /writable, in memory TemporaryFileSystem=/);
  assert.match(paths["/var/lib/private/web"]!, /writable ID-mapped StateDirectory=/);
});

test.run();
