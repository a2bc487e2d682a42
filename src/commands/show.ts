import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { formatJson, parseJson } from "../oci/json.ts";
import type { Spec } from "../oci/spec.ts";
import type { Owned } from "../plan.ts";
import { tryReadText } from "../sys/files.ts";
import { print } from "../sys/output.ts";
import { compareSpecs } from "./comparison.ts";
import type { Options } from "./options.ts";
import { predict } from "./pipeline.ts";
import { readRequest } from "./request.ts";
import { describeService, type HostService, openHostRegistry } from "./service.ts";

/** Prints what `run` would do with the same options; changes nothing. */
export async function show(options: Options): Promise<number> {
  const request = await readRequest(options);
  const registry = openHostRegistry();
  const service = describeService(request, options.has("terminal"), registry);
  const bundle = options.get("bundle");
  const start = bundle === undefined ? service.start : { ...service.start, spec: readSpec(resolve(bundle)) };
  const predicted = predict(start, registry);
  const shown = { ...predicted, warnings: [...service.warnings, ...predicted.plan.warnings.map(({ item }) => item)] };
  print(options.has("json") ? formatJson({ ...shown, before: start.spec }) : describe(shown, start.spec));
  return 0;
}
