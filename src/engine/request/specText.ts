import { quote, UserError } from "../../errors.ts";
import { findAmbiguity } from "../../oci/ambiguity.ts";
import { parseJson } from "../../oci/json.ts";
import { findProblem, PROCESS, SPEC, withoutNulls } from "../../oci/shape.ts";
import type { Process, Spec } from "../../oci/spec.ts";

/**
 * A config.json as its engine wrote it.
 * @param name where it comes from, for the errors
 * @throws UserError when it is no config, or not every runtime would read the same in it
 */
export function parseSpec(text: string, name: string): Spec {
  return parseAs(text, name, SPEC, "config") as Spec;
}

/**
 * The process of `exec --process`.
 * @throws UserError as `parseSpec`
 */
export function parseProcess(text: string, name: string): Process {
  return parseAs(text, name, PROCESS, "process") as Process;
}

function parseAs(text: string, name: string, shape: typeof SPEC, kind: string): unknown {
  const parsed = parse(text, name);
  const value = /[:,[]\s*null/.test(text) ? withoutNulls(parsed) : parsed;
  const problem = findProblem(value, shape, kind) ?? found(findAmbiguity(text, parsed));
  if (problem === undefined) return value;
  throw new UserError(`cannot read ${quote(name)}: ${problem} (runtime specification)`);
}

function found(ambiguity: string | undefined): string | undefined {
  return ambiguity === undefined ? undefined : `found ${ambiguity}`;
}

/** The message has nothing of the text: its reader may not be allowed to see the file. */
function parse(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new UserError(`cannot read ${quote(name)}: found no JSON`);
  }
}
