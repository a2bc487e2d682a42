import type { Options } from "../../console/options.ts";
import { styleFor } from "../../console/style.ts";
import { quote, UserError } from "../../errors.ts";
import { formatJson } from "../../oci/json.ts";
import { print } from "../../sys/process/output.ts";
import { terminalWidth } from "../../sys/process/terminal.ts";
import { analyzeExposure, toJson } from "./analysis.ts";
import { readSubject } from "./subject.ts";
import { formatTable } from "./table.ts";

/** Prints the exposure of a container; 1 when it is above --threshold. */
export async function analyze(options: Options): Promise<number> {
  const threshold = readThreshold(options.get("threshold"));
  const analysis = analyzeExposure(await readSubject(options));
  const page = options.get("html");
  if (page !== undefined) (await import("./page/page.ts")).writePage(analysis, page);
  print(options.has("json") ? formatJson(toJson(analysis)) : formatTable(analysis, styleFor(1), terminalWidth()));
  return analysis.after.tenths > threshold ? 1 : 0;
}

/** In tenths, as of systemd-analyze(1). */
function readThreshold(text = "100"): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new UserError(`cannot read --threshold: found ${quote(text)}, expected 0 to 100`);
}
