import type { PathEdit } from "../../model/edit.ts";
import type { Facts, PathStatus } from "../../model/facts.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { Mount } from "../../oci/spec.ts";
import type { Entry, PathKind } from "./entry.ts";
import { lookAtSource } from "./origin.ts";

export function lookInRootfs(place: string, { rootfs }: Facts): PathKind & { readonly path: string } {
  const { path, type, mode } = rootfs.look(place);
  return { path, type, mode };
}

/** Links are not followed here: other users may have made them, and the runtime resolves them safely. */
export function lookInside(above: Entry, path: string, facts: Facts): PathKind {
  const inside = path.slice(above.path.length);
  if (above.edit !== undefined) return lookInFilling(above.edit, inside, facts);
  if (above.mount === undefined) return { type: "missing" };
  if (isBind(above.mount)) return pathKindOf(lookAtSource(`${above.mount.source}${inside}`, facts));
  return lookInFresh(above.mount, inside, facts);
}

function lookInFilling({ access, source, fileSystem, path }: PathEdit, inside: string, facts: Facts): PathKind {
  if (source !== undefined) return pathKindOf(facts.host.look(source + inside));
  if (fileSystem !== undefined) return lookInFresh({ type: fileSystem, destination: path }, inside, facts);
  const isDevice = access === "privateDevices" && PSEUDO_DEVICES.includes(inside.slice(1));
  return { type: isDevice ? "device" : "missing" };
}

/** The nodes that runtimes make in a fresh /dev. */
const PSEUDO_DEVICES: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"];

function pathKindOf({ type, mode }: PathStatus): PathKind {
  return { type, mode };
}

/** Inside a file system that does not exist before the runtime mounts it. */
function lookInFresh({ type, destination }: Mount, inside: string, facts: Facts): PathKind {
  if (type === "sysfs") return pathKindOf(facts.host.look(`/sys${inside}`));
  const isEmpty = (type === "tmpfs" || type === "ramfs") && destination !== "/dev";
  return { type: isEmpty ? "missing" : "file" };
}
