import { quote, UserError } from "../errors.ts";
import { parseJson } from "../oci/json.ts";
import { misfit, PROCESS, SPEC, withoutNulls } from "../oci/shape.ts";
import type { Process, Spec } from "../oci/spec.ts";

/**
 * A config.json as its engine wrote it.
 * @param name where it comes from, for the errors
 * @throws UserError when it is no config
 */
export function parseSpec(text: string, name: string): Spec {
  return parseAs(text, name, SPEC, "config") as Spec;
}

/** The process of `exec --process`. */
export function parseProcess(text: string, name: string): Process {
  return parseAs(text, name, PROCESS, "process") as Process;
}

function parseAs(text: string, name: string, shape: typeof SPEC, kind: string): unknown {
  const parsed = parse(text, name);
  const value = /[:,[]\s*null/.test(text) ? withoutNulls(parsed) : parsed;
  const problem = misfit(value, shape, kind);
  if (problem === undefined) return value;
  throw new UserError(`cannot read ${quote(name)}: ${problem} (runtime specification)`);
}

/** Nothing of the text is in the message: the file may be one that its reader must not see. */
function parse(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new UserError(`cannot read ${quote(name)}: found no JSON`);
  }
}
