import { resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { readBundle } from "../host/bundle.ts";
import { formatJson } from "../oci/json.ts";
import type { Spec } from "../oci/spec.ts";
import type { Owned } from "../plan.ts";
import { print } from "../sys/output.ts";
import { compareDocuments, type Difference } from "./comparison.ts";
import type { Options } from "./options.ts";
import { type Predicted, predict } from "./pipeline.ts";
import { readRequest } from "./request.ts";
import { requireRoot } from "./rights.ts";
import { describeService, openHostRegistry } from "./service.ts";

/** Prints what `run` would do with the same options; changes nothing. */
export async function show(options: Options): Promise<number> {
  const request = await readRequest(options);
  requireRoot("show");
  const registry = await openHostRegistry();
  const { start, warnings } = describeService(request, "no terminal", registry);
  const bundle = options.get("bundle");
  const spec = bundle === undefined ? start.spec : readSpec(resolve(bundle));
  const predicted = predict({ ...start, spec }, registry);
  const shown = {
    ...predicted,
    ignored: [...warnings, ...request.notes],
    changes: compareDocuments(spec, predicted.spec),
  };
  print(options.has("json") ? formatJson(shown) : describe(shown));
  return 0;
}

/** Of a bundle that is prepared already: as its engine wrote it. */
function readSpec(directory: string): Spec {
  const bundle = readBundle(directory);
  if (bundle !== undefined) return bundle.spec;
  const path = quote(`${directory}/config.json`);
  throw new UserError(`cannot read ${path}: found nothing there, expected a bundle (--bundle)`);
}

interface Shown extends Predicted {
  /** Settings without effect, one line each. */
  readonly ignored: readonly string[];
  readonly changes: readonly Difference[];
}

function describe({ identity, plan, ignored, changes }: Shown): string {
  const user =
    identity &&
    `${identity.name}, UID ${identity.uid}, GID ${identity.gid}${identity.leased ? ", as long as it runs" : ""}`;
  return [
    ...section("User", [user ?? "root"]),
    ...section("Edits of the config", plan.edits.map(describeOwned).map(shorten)),
    ...section("Before the start", plan.actions.map(describeOwned).map(shorten)),
    ...section("After the end", plan.releases.map(describeOwned).map(shorten)),
    ...section("config.json", changes.flatMap(describeDifference).map(shorten)),
    ...section("Ignored", ignored),
    ...section(
      "Warnings",
      plan.warnings.map(({ owner, item }) => `${owner}=: ${item}`),
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

const LONGEST_LINE = 240;

/** A filter has a hundred rules, which are for --json. */
function shorten(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}… (--json has the rest)` : line;
}

function describeOwned({ owner, item }: Owned<{ readonly kind: string }>): string {
  const { kind, ...rest } = item;
  const members = Object.entries(rest).map(([name, value]) => `${name}=${formatJson(value)}`);
  return `${owner}=: ${kind} ${members.join(" ")}`;
}

function describeDifference({ path, before, after }: Difference): readonly string[] {
  return [
    ...(before === undefined ? [] : [`- ${path}: ${before}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${after}`]),
  ];
}
