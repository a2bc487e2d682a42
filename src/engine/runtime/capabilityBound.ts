import type { Spec } from "../../oci/spec.ts";

/**
 * The config with the process's own capabilities as their bound: a process that podman starts later in the container has no
 * no_new_privs, but the same bound, so that a set-user-ID file of the image gives it no capabilities.
 */
export function boundCapabilities(spec: Spec): Spec {
  const { process } = spec;
  if (process?.capabilities === undefined) return spec;
  const { permitted = [], inheritable = [], ambient = [] } = process.capabilities;
  const bounding = [...new Set([...permitted, ...inheritable, ...ambient])];
  return { ...spec, process: { ...process, capabilities: { ...process.capabilities, bounding } } };
}
