import type { Cri, Pod } from "../cri.ts";
import { quote, UserError } from "../errors.ts";

/** What an engine's own annotations are called; it sets them after those of the pod, so that no pod can forge them. */
interface Keys extends Readonly<Record<keyof Pod, string>> {
  readonly type: string;
}

const KEYS: Readonly<Record<Cri, Keys>> = {
  containerd: {
    type: "io.kubernetes.cri.container-type",
    namespace: "io.kubernetes.cri.sandbox-namespace",
    name: "io.kubernetes.cri.sandbox-name",
    container: "io.kubernetes.cri.container-name",
  },
  // The last three are labels that the kubelet gives the container.
  "CRI-O": {
    type: "io.kubernetes.cri-o.ContainerType",
    namespace: "io.kubernetes.pod.namespace",
    name: "io.kubernetes.pod.name",
    container: "io.kubernetes.container.name",
  },
};

type Annotations = Readonly<Record<string, string>>;

/** The process that holds a pod's namespaces and does nothing else. */
export function isSandbox(annotations: Annotations, cri: Cri): boolean {
  return annotations[KEYS[cri].type] === "sandbox";
}

/**
 * Undefined for a container that is in no pod, one that root has made beside the kubelet.
 * @throws UserError when the engine does not tell which one it is
 */
export function readPod(annotations: Annotations, cri: Cri): Pod | undefined {
  const keys = KEYS[cri];
  if (annotations[keys.type] === undefined) return undefined;
  return {
    namespace: readLabel(annotations, keys.namespace),
    name: readLabel(annotations, keys.name),
    container: readLabel(annotations, keys.container),
  };
}

/** Names of namespaces and containers are labels of RFC 1123, those of pods subdomains: nothing that could be a path. */
function readLabel(annotations: Annotations, key: string): string {
  const value = annotations[key];
  if (value !== undefined && value.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value)) return value;
  const found = value === undefined ? "none" : quote(value);
  throw new UserError(
    `cannot tell the pod of the container: found ${found} as ${key}, expected a name (containerd 1.6 or CRI-O)`,
  );
}
