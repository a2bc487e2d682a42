import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * `npm run picture`: docs/demo.svg, what a terminal shows of the demonstration. Two colour schemes, chosen by the
 * viewer's preference.
 */

const ROOT = join(import.meta.dirname, "../..");
const COLUMNS = 104;
const LINE_HEIGHT = 19;
const MARGIN = 18;
const BAR = 34;

const { stdout, stderr, status } = spawnSync("sh", [join(ROOT, "examples/demo.sh")], { encoding: "utf8" });
if (status !== 0) {
  console.error(stderr);
  process.exit(1);
}
writeFileSync(join(ROOT, "docs/demo.svg"), draw(stdout.trim().split("\n").flatMap(wrap)));

interface Row {
  readonly text: string;
  readonly kind: string;
}

/** What does not fit goes on in the next row, as a terminal would break it. */
function wrap(line: string): readonly Row[] {
  const texts = line === "" ? [""] : line.match(new RegExp(`.{1,${COLUMNS}}`, "gu"))!;
  return texts.map((text) => ({ text, kind: kindOf(line) }));
}

function draw(rows: readonly Row[]): string {
  const [width, height] = [COLUMNS * 8.43 + 2 * MARGIN, BAR + rows.length * LINE_HEIGHT + 2 * MARGIN];
  const texts = rows.map(({ text, kind }, index) => {
    const y = BAR + MARGIN + (index + 0.75) * LINE_HEIGHT;
    return `<text class="${kind}" x="${MARGIN}" y="${y}">${escapeXml(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" role="img" aria-label="dynuser in a terminal">
<style>
  text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; fill: #24292f }
  .frame { fill: #f6f8fa; stroke: #d0d7de }
  .say { fill: #57606a; font-style: italic }
  .type { fill: #0550ae; font-weight: 600 }
  .refused { fill: #a40e26 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d1d7e0 }
    .frame { fill: #161b22; stroke: #30363d }
    .say { fill: #9198a1 }
    .type { fill: #79c0ff }
    .refused { fill: #ffa198 }
  }
</style>
<rect class="frame" x="0.5" y="0.5" width="${(width - 1).toFixed(1)}" height="${height - 1}" rx="9"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
${texts.filter((_, index) => rows[index]!.text !== "").join("\n")}
</svg>
`;
}

function kindOf(line: string): string {
  if (line.startsWith("# ")) return "say";
  if (line.startsWith("+ ")) return "type";
  return /Read-only|denied/.test(line) ? "refused" : "output";
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
