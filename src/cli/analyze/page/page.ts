import { VERSION } from "../../../console/version.ts";
import { quote, UserError } from "../../../errors.ts";
import { ASSESSORS_OF_SYSTEMD } from "../../../exposure/assessors.ts";
import { reasonText } from "../../../sys/failure.ts";
import { replaceFile } from "../../../sys/files/write.ts";
import type { Analysis } from "../analysis.ts";
import { type Html, html } from "./html.ts";
import { renderRows } from "./rows.ts";
import { renderScores } from "./scores.ts";
import STYLE from "./style.css" with { type: "text" };
import { renderTree } from "./tree.ts";

/**
 * Writes the analysis as one self-contained page: no script, no font, no picture.
 * @throws UserError when the file cannot be written
 */
export function writePage(analysis: Analysis, path: string): void {
  try {
    replaceFile(path, renderPage(analysis), 0o644);
  } catch (error) {
    throw new UserError(`cannot write ${quote(path)}: ${reasonText(error)} (--html)`);
  }
}

/** Nothing may be loaded, whatever a name of a file tries. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function renderPage({ title, before, after, rows, files, warnings }: Analysis): string {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Exposure of ${title}</title>
<style>${{ html: STYLE }}</style>
<body>
<header>
<h1>${title}</h1>
<p class="lead">How exposed it is, from 0 to 10 on systemd’s scale: less is better.</p>
</header>
${renderScores(before, after)}
${renderWarnings(warnings)}
${renderRows(rows)}
${renderTree(files)}
<footer>dynuser ${VERSION}, with the rows and weights of systemd-analyze security ${ASSESSORS_OF_SYSTEMD}.</footer>
</body>
</html>
`.html;
}

function renderWarnings(warnings: readonly string[]): Html {
  if (warnings.length === 0) return html``;
  return html`<section aria-labelledby="warnings">
<h2 id="warnings">To know</h2>
<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>
</section>`;
}
