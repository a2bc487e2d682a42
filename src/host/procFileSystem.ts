import type { Mount, Spec } from "../oci/spec.ts";

/**
 * The /proc that a user namespace of the service's own may not mount, since the processes that it shows are those of the
 * host's PID namespace (proc_init_fs_context asks for rights over that one); undefined when it may.
 */
export function foreignProc({ linux, mounts }: Spec): Mount | undefined {
  const namespaces = linux?.namespaces?.map(({ type }) => type) ?? [];
  if (!namespaces.includes("user") || namespaces.includes("pid")) return undefined;
  return mounts?.find(({ destination, type }) => destination === "/proc" && type === "proc");
}

/** For a root file system that has it already. */
export function withoutForeignProc(spec: Spec): Spec {
  const proc = foreignProc(spec);
  return proc === undefined ? spec : { ...spec, mounts: spec.mounts!.filter((mount) => mount !== proc) };
}
