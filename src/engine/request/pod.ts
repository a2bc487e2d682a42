import { quote, UserError } from "../../errors.ts";
import type { Cri, Pod } from "../../model/pod.ts";

/** Keys of the engine's annotations; the engine sets them after the pod's, so that no pod can forge them. */
interface Keys extends Readonly<Record<keyof Pod | "uid", string>> {
  readonly type: string;
}

const KEYS: Readonly<Record<Cri, Keys>> = {
  containerd: {
    type: "io.kubernetes.cri.container-type",
    namespace: "io.kubernetes.cri.sandbox-namespace",
    name: "io.kubernetes.cri.sandbox-name",
    container: "io.kubernetes.cri.container-name",
    uid: "io.kubernetes.cri.sandbox-uid",
  },
  // The last four are labels that the kubelet sets.
  "CRI-O": {
    type: "io.kubernetes.cri-o.ContainerType",
    namespace: "io.kubernetes.pod.namespace",
    name: "io.kubernetes.pod.name",
    container: "io.kubernetes.container.name",
    uid: "io.kubernetes.pod.uid",
  },
};

type Annotations = Readonly<Record<string, string>>;

/** Whether this is the pause container, which only holds the pod's namespaces. */
export function isSandbox(annotations: Annotations, cri: Cri): boolean {
  return annotations[KEYS[cri].type] === "sandbox";
}

/**
 * Undefined for a container outside of any pod, which root has made without the kubelet.
 * @throws UserError when the engine's annotations do not name the pod
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

/** Undefined with an engine that does not report it, and for what is no name of a directory. */
export function readPodUid(annotations: Annotations, cri: Cri): string | undefined {
  const uid = annotations[KEYS[cri].uid];
  return uid !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(uid) ? uid : undefined;
}

/** Names of namespaces and containers are labels of RFC 1123, those of pods subdomains: nothing that could be a path. */
function readLabel(annotations: Annotations, key: string): string {
  const value = annotations[key];
  if (value !== undefined && value.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value)) return value;
  const found = value === undefined ? "no annotation" : quote(value.slice(0, 256));
  const expected =
    value === undefined ? "containerd 1.6, CRI-O or newer" : "lower-case letters, digits, - and . (RFC 1123)";
  throw new UserError(`cannot identify the pod of the container: found ${found} as ${key}, expected ${expected}`);
}
