import type { Options } from "../../console/options.ts";
import { styleFor } from "../../console/style.ts";
import { formatJson } from "../../oci/json.ts";
import { print } from "../../sys/process/output.ts";
import { cgroups } from "./areas/cgroups.ts";
import { configuration } from "./areas/configuration.ts";
import { engines } from "./areas/engines.ts";
import { hooks } from "./areas/hooks.ts";
import { idMaps } from "./areas/idMaps.ts";
import { kernel } from "./areas/kernel.ts";
import { leases } from "./areas/leases.ts";
import { names } from "./areas/names.ts";
import { privileges } from "./areas/privileges.ts";
import { profiles } from "./areas/profiles.ts";
import { range } from "./areas/range.ts";
import { runtimes } from "./areas/runtimes.ts";
import { selinux } from "./areas/selinux.ts";
import { space } from "./areas/space.ts";
import { userNamespaces } from "./areas/userNamespaces.ts";
import type { Area } from "./finding.ts";
import { type Host, probeHost } from "./host.ts";
import { type AreaFinding, diagnose, formatReport } from "./report.ts";

export const AREAS: readonly Area<Host>[] = [
  kernel,
  privileges,
  selinux,
  cgroups,
  userNamespaces,
  idMaps,
  names,
  runtimes,
  engines,
  hooks,
  configuration,
  profiles,
  space,
  range,
  leases,
];

/** Checks the host; 1 when there is a problem. */
export async function doctor(options: Options): Promise<number> {
  return report(await diagnose(AREAS, probeHost()), options);
}

/** Checks an image; 1 when there is a problem. */
export async function doctorImage(options: Options): Promise<number> {
  const [{ IMAGE_AREAS }, { readImage }] = await Promise.all([import("./image/areas.ts"), import("./image/image.ts")]);
  return report(await diagnose(IMAGE_AREAS, readImage(options.rest[0] ?? "")), options);
}

function report(findings: readonly AreaFinding[], options: Options): number {
  print(options.has("json") ? formatJson({ findings }) : formatReport(findings, styleFor(1)));
  return findings.some(({ state }) => state === "problem") ? 1 : 0;
}
