import { resolve } from "node:path";
import { compareDocuments } from "../../console/comparison.ts";
import type { Options } from "../../console/options.ts";
import { readBundle } from "../../engine/request/bundle.ts";
import { quote, UserError } from "../../errors.ts";
import { formatJson } from "../../oci/json.ts";
import type { Spec } from "../../oci/spec.ts";
import { readRequest } from "../../run/request/request.ts";
import { checkUnit, describeService, openCallersRegistry, readRequested } from "../../run/service.ts";
import { predict } from "../../start/pipeline.ts";
import { hideSecrets } from "../../start/secrets.ts";
import { becomeNamespaceRoot } from "../../start/unprivileged.ts";
import { print } from "../../sys/process/output.ts";
import { formatShown } from "./report.ts";

/** Prints what `run` would do with the same options; changes nothing. */
export async function show(options: Options): Promise<number> {
  const request = await readRequest(options);
  becomeNamespaceRoot("show");
  const registry = await openCallersRegistry();
  const { start, warnings } = describeService(readRequested(request), "no terminal", registry);
  const bundle = options.get("bundle");
  const spec = bundle === undefined ? start.spec : readSpec(resolve(bundle));
  const predicted = predict({ ...start, spec }, registry);
  const shown = {
    ...predicted,
    plan: hideSecrets(predicted.plan),
    ignored: [...warnings, ...checkUnit(request).unchecked],
    changes: compareDocuments(spec, predicted.spec),
  };
  print(options.has("json") ? formatJson(shown) : formatShown(shown));
  return 0;
}

/** The config as its engine wrote it, also for a prepared bundle. */
function readSpec(directory: string): Spec {
  const bundle = readBundle(directory);
  if (bundle !== undefined) return bundle.spec;
  const path = quote(`${directory}/config.json`);
  throw new UserError(`cannot read ${path}: found nothing there, expected a bundle (--bundle)`);
}
