import type { Pod } from "../model/pod.ts";
import { sha256 } from "../sys/sha256.ts";
import { isUserName } from "./name.ts";

/**
 * The user of a container of a pod, the same for every start on every node: `shop_web_main`. No label of Kubernetes has
 * a `_`, so no two containers, least of all of two namespaces, have the same name.
 * @param service what the pod calls itself by dynuser/Name; its own name otherwise
 */
export function podUserName({ namespace, name, container }: Pod, service: string | undefined): string {
  const full = [namespace, service ?? name, container].join("_");
  return isUserName(full) ? full : shorten(full);
}

/** User names are short: the beginning is for people, 64 bits of the hash make the name unique. */
function shorten(full: string): string {
  const plain = full.replace(/[^A-Za-z0-9_-]/g, "-").replace(/^(?![A-Za-z_])/, "_");
  return `${plain.slice(0, 14)}_${sha256(full).slice(0, 16)}`;
}
