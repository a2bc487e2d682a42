import { quote, UserError } from "../../errors.ts";
import { formatJson } from "../../oci/json.ts";
import { print } from "../../sys/output.ts";
import type { Options } from "../options.ts";
import { styleFor } from "../style.ts";
import { analyzeExposure, describeAsJson } from "./analysis.ts";
import { examine } from "./examined.ts";
import { formatTable } from "./table.ts";

/** Tells how exposed a container is; 1 when that is more than --threshold. */
export async function analyze(options: Options): Promise<number> {
  if (options.rest[0] === "suggest") return suggestWith(options);
  refuseOperands(options.rest);
  const threshold = readThreshold(options.get("threshold"));
  const analysis = analyzeExposure(await examine(options));
  const page = options.get("html");
  if (page !== undefined) (await import("./page/page.ts")).writePage(analysis, page);
  print(options.has("json") ? formatJson(describeAsJson(analysis)) : formatTable(analysis, styleFor(1)));
  return analysis.after.tenths > threshold ? 1 : 0;
}

async function suggestWith(options: Options): Promise<number> {
  const { suggest } = await import("./suggest/suggest.ts");
  return suggest({ ...options, rest: options.rest.slice(1) });
}

function refuseOperands([word]: readonly string[]): void {
  if (word !== undefined) throw new UserError(`cannot analyze ${quote(word)}: expected options, or suggest`);
}

/** As systemd-analyze(1) has it: in tenths. */
function readThreshold(text = "100"): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new UserError(`cannot read --threshold: found ${quote(text)}, expected 0 to 100`);
}
