import { attributesOf } from "../attribute.ts";
import { UserError } from "../errors.ts";
import { setAttributes } from "../host/attributes.ts";
import type { State } from "../oci/state.ts";
import { readInput } from "../sys/files.ts";

/** `dynuser attributes`: a hook that gives the container's init, which has not run its program yet, what it is to have. */
export function setContainerAttributes(args: readonly string[]): number {
  if (args.length > 0) throw new UserError("dynuser attributes: expected a container's state on standard input");
  const { pid, annotations } = JSON.parse(readInput()) as State;
  if (pid === undefined || pid === 0) throw new UserError("dynuser attributes: found no process in the state");
  setAttributes(pid, attributesOf(annotations));
  return 0;
}
