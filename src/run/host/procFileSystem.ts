import type { Mount, Spec } from "../../oci/spec.ts";

/**
 * The /proc mount that a container with a user namespace may not make, as it shows the host's PID namespace (the kernel's
 * proc_init_fs_context checks rights over that one); undefined when it may.
 */
export function foreignProc({ linux, mounts }: Spec): Mount | undefined {
  const namespaces = linux?.namespaces?.map(({ type }) => type) ?? [];
  if (!namespaces.includes("user") || namespaces.includes("pid")) return undefined;
  return mounts?.find(({ destination, type }) => destination === "/proc" && type === "proc");
}

/** The spec for a root file system that already has /proc. */
export function withoutForeignProc(spec: Spec): Spec {
  const proc = foreignProc(spec);
  return proc === undefined ? spec : { ...spec, mounts: spec.mounts!.filter((mount) => mount !== proc) };
}
