import type { RuntimeFacts } from "../../facts.ts";
import type { NamespaceType, Spec } from "../../oci/spec.ts";
import { O_RDONLY, openFile } from "../../sys/files.ts";

/** What all commands of a service share under systemd (src/core/exec-invoke.c, setup_shareable_ns). */
const SHARED = { network: "net", ipc: "ipc" } as const satisfies Partial<Record<NamespaceType, string>>;

/** Namespaces that the first command made and later ones join. */
export interface SharedNamespaces {
  /** Those that this config has made for the process. */
  keep(spec: Spec, pid: number): void;
  path(type: string): string | undefined;
}

/** Open files hold them between two commands; they go with this process. */
export function shareNamespaces(): SharedNamespaces {
  const open = new Map<string, number>();
  return {
    keep: (spec, pid) => {
      for (const { type, path } of spec.linux?.namespaces ?? []) {
        if (path !== undefined || !isShared(type)) continue;
        open.set(type, openFile(`/proc/${pid}/ns/${SHARED[type]}`, O_RDONLY));
      }
    },
    path: (type) => (open.has(type) ? `/proc/${process.pid}/fd/${open.get(type)}` : undefined),
  };
}

/** A namespace that the config asks to be made is the one that an earlier command has got. */
export function withOpenNamespaces(spec: Spec, shared: SharedNamespaces, runtime: RuntimeFacts): Spec {
  if (needsOwn(spec, runtime)) return spec;
  const namespaces = spec.linux?.namespaces?.map((namespace) => {
    const path = namespace.path ?? shared.path(namespace.type);
    return path === undefined ? namespace : { ...namespace, path };
  });
  return namespaces === undefined ? spec : { ...spec, linux: { ...spec.linux, namespaces } };
}

/** Unlike crun, runc insists on file systems of its namespaces, and in a user namespace nobody may mount those of others. */
function needsOwn({ linux }: Spec, { name }: RuntimeFacts): boolean {
  return name === "runc" && linux?.namespaces?.some(({ type }) => type === "user") === true;
}

function isShared(type: string): type is keyof typeof SHARED {
  return Object.hasOwn(SHARED, type);
}
