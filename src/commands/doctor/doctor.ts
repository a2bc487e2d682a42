import { quote, UserError } from "../../errors.ts";
import { formatJson } from "../../oci/json.ts";
import { print } from "../../sys/output.ts";
import type { Options } from "../options.ts";
import { styleFor } from "../style.ts";
import { cgroups } from "./areas/cgroups.ts";
import { configuration } from "./areas/configuration.ts";
import { engines } from "./areas/engines.ts";
import { hooks } from "./areas/hooks.ts";
import { idMaps } from "./areas/idMaps.ts";
import { kernel } from "./areas/kernel.ts";
import { leases } from "./areas/leases.ts";
import { names } from "./areas/names.ts";
import { privileges } from "./areas/privileges.ts";
import { range } from "./areas/range.ts";
import { runtimes } from "./areas/runtimes.ts";
import { userNamespaces } from "./areas/userNamespaces.ts";
import type { Area } from "./finding.ts";
import { type Host, thisHost } from "./host.ts";
import { type AreaFinding, diagnose, formatReport } from "./report.ts";

export const AREAS: readonly Area<Host>[] = [
  kernel,
  privileges,
  cgroups,
  userNamespaces,
  idMaps,
  names,
  runtimes,
  engines,
  hooks,
  configuration,
  range,
  leases,
];

/** Tells what of this host, or of an image, would keep dynuser from working; 1 when there is a problem. */
export async function doctor(options: Options): Promise<number> {
  const report = await examine(options.rest);
  print(options.has("json") ? formatJson({ findings: report }) : formatReport(report, styleFor(1)));
  return report.some(({ state }) => state === "problem") ? 1 : 0;
}

async function examine([subject, ...operands]: readonly string[]): Promise<readonly AreaFinding[]> {
  if (subject === undefined) return diagnose(AREAS, thisHost());
  if (subject !== "image")
    throw new UserError(`cannot look at ${quote(subject)}: expected image, or nothing for this host`);
  const { IMAGE_AREAS, readImage } = await import("./image/image.ts");
  return diagnose(IMAGE_AREAS, readImage(operands));
}
