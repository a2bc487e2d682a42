import type { Engine } from "../../config/written.ts";
import type { Cri } from "../../model/pod.ts";

/** What identifies an engine; a container and its annotations cannot choose it. */
export interface Invocation {
  /** The runtime's `--root`. */
  readonly root?: string;
  /** Absolute. */
  readonly bundle: string;
}

interface Sign {
  readonly engine: Engine;
  readonly member: keyof Invocation;
  readonly pattern: RegExp;
}

/** containerd's shim has its namespace in both paths; podman keeps bundles below its storage. */
const SIGNS: readonly Sign[] = [
  { engine: "docker", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/moby\/[^/]+$/ },
  { engine: "kubernetes", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/k8s\.io\/[^/]+$/ },
  { engine: "containerd", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/[^/]+\/[^/]+$/ },
  { engine: "docker", member: "root", pattern: /\/runtime-[^/]+\/moby$/ },
  { engine: "podman", member: "bundle", pattern: /-containers\/[0-9a-f]{64}\/userdata$/ },
];

/** Which CRI implementation wrote the bundle; only for Kubernetes. */
export function recognizeCri({ bundle }: Invocation): Cri {
  return bundle.includes("/io.containerd.runtime.v2.task/") ? "containerd" : "CRI-O";
}

/** CRI-O keeps its bundles as podman does, but always passes --root, and podman never does. */
export function recognizeEngine(call: Invocation): Engine {
  const engine = findSign(call);
  return engine === "podman" && call.root !== undefined ? "kubernetes" : engine;
}

function findSign(call: Invocation): Engine {
  return SIGNS.find(({ member, pattern }) => pattern.test(call[member] ?? ""))?.engine ?? "other";
}
