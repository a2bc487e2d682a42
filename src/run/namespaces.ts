import type { RuntimeFacts } from "../model/facts.ts";
import type { NamespaceType, Spec } from "../oci/spec.ts";
import { closeFile, O_RDONLY, openFile } from "../sys/files/files.ts";
import { hasCode } from "../sys/kernel/system.ts";

/** Namespaces that all commands of a service share (src/core/exec-invoke.c, setup_shareable_ns). */
const SHARED = { network: "net", ipc: "ipc" } as const satisfies Partial<Record<NamespaceType, string>>;

/** Namespaces that the first command creates and later ones join. */
export interface SharedNamespaces {
  /** Holds the namespaces that this config created for the process. */
  keep(spec: Spec, pid: number): void;
  path(type: string): string | undefined;
  close(): void;
}

/** Open descriptors hold them between two commands. */
export function shareNamespaces(): SharedNamespaces {
  const open = new Map<string, number>();
  return {
    keep: (spec, pid) => {
      for (const { type, path } of spec.linux?.namespaces ?? []) {
        if (path !== undefined || !isShared(type)) continue;
        const namespace = tryOpen(`/proc/${pid}/ns/${SHARED[type]}`);
        if (namespace !== undefined) open.set(type, namespace);
      }
    },
    path: (type) => (open.has(type) ? `/proc/${process.pid}/fd/${open.get(type)}` : undefined),
    close: () => open.values().forEach(closeFile),
  };
}

/** Undefined without CAP_SYS_PTRACE, as in a container: each command has new namespaces then. */
function tryOpen(path: string): number | undefined {
  try {
    return openFile(path, O_RDONLY);
  } catch (error) {
    if (hasCode(error, "EACCES")) return undefined;
    throw error;
  }
}

/** The spec with the namespaces that an earlier command created. */
export function withOpenNamespaces(spec: Spec, shared: SharedNamespaces, runtime: RuntimeFacts): Spec {
  if (needsOwn(spec, runtime)) return spec;
  const namespaces = spec.linux?.namespaces?.map((namespace) => {
    const path = namespace.path ?? shared.path(namespace.type);
    return path === undefined ? namespace : { ...namespace, path };
  });
  return namespaces === undefined ? spec : { ...spec, linux: { ...spec.linux, namespaces } };
}

/** Unlike crun, runc mounts the file systems of its namespaces, which a user namespace forbids for joined ones. */
function needsOwn({ linux }: Spec, { name }: RuntimeFacts): boolean {
  return name === "runc" && linux?.namespaces?.some(({ type }) => type === "user") === true;
}

function isShared(type: string): type is keyof typeof SHARED {
  return Object.hasOwn(SHARED, type);
}
