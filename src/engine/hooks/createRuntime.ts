import { UserError } from "../../errors.ts";
import { setAttributes } from "../../host/attributes.ts";
import { attributesOf } from "../../model/attribute.ts";
import { networkRulesOf } from "../../model/networkRule.ts";
import type { State } from "../../oci/state.ts";
import { readInput } from "../../sys/files/files.ts";

/**
 * `dynuser attributes`: a hook that sets the attributes of the container's init and attaches its network filters before it
 * executes its program.
 */
export async function setContainerAttributes(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UserError("dynuser attributes: expected a container's state on standard input");
  const { pid, annotations } = JSON.parse(readInput()) as State;
  if (pid === undefined || pid === 0) throw new UserError("dynuser attributes: found no process in the state");
  setAttributes(pid, attributesOf(annotations));
  const rules = networkRulesOf(annotations);
  if (rules.length > 0) (await import("./networkFilters.ts")).filterNetwork(pid, rules);
  return 0;
}
