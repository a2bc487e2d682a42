import { UserError } from "../../errors.ts";
import type { Mount, Spec } from "../../oci/spec.ts";

/** podman mounts its own files here, from the container's directory `…/ID/userdata` (libpod/container_internal_common.go). */
const PODMAN_FILES: ReadonlySet<string> = new Set([
  "/run/.containerenv",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/dev/shm",
]);

/**
 * The ID of the container that podman's spec is for: its cgroup's name, and without a cgroup the directory of podman's own
 * files. A volume's path may look like one, so that no other mount is believed.
 * @throws UserError when there is none, or more than one
 */
export function findContainerId({ linux, mounts = [] }: Spec): string {
  const named = /[-/:]([0-9a-f]{64})(?:\.scope)?$/.exec(linux?.cgroupsPath ?? "")?.[1];
  if (named !== undefined) return named;
  const [id, ...others] = new Set(mounts.flatMap(idOfOwnFile));
  if (id !== undefined && others.length === 0) return id;
  const found = id === undefined ? "no cgroup and none of podman's files" : "files of several containers";
  throw new UserError(`cannot find the container's ID: found ${found}, expected its cgroup or files of podman's own`);
}

function idOfOwnFile({ destination, source = "" }: Mount): readonly string[] {
  const [, id] = /\/([0-9a-f]{64})\/userdata\//.exec(source) ?? [];
  return id !== undefined && PODMAN_FILES.has(destination) ? [id] : [];
}
