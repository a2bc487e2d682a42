import type { Cri } from "../cri.ts";
import type { Engine } from "./configuration.ts";

/** What tells one engine from another; nothing that a container or its annotations can choose. */
export interface Call {
  /** The runtime's `--root`. */
  readonly root?: string;
  /** Absolute. */
  readonly bundle: string;
}

interface Sign {
  readonly engine: Engine;
  readonly member: keyof Call;
  readonly pattern: RegExp;
}

/** containerd's shim names its namespace in both places; podman keeps bundles below its storage. */
const SIGNS: readonly Sign[] = [
  { engine: "docker", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/moby\/[^/]+$/ },
  { engine: "kubernetes", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/k8s\.io\/[^/]+$/ },
  { engine: "containerd", member: "bundle", pattern: /\/io\.containerd\.runtime\.v2\.task\/[^/]+\/[^/]+$/ },
  { engine: "docker", member: "root", pattern: /\/runtime-[^/]+\/moby$/ },
  { engine: "podman", member: "bundle", pattern: /-containers\/[0-9a-f]{64}\/userdata$/ },
];

/** Only for Kubernetes: the one of its two engines that has written the bundle. */
export function recognizeCri({ bundle }: Call): Cri {
  return bundle.includes("/io.containerd.runtime.v2.task/") ? "containerd" : "CRI-O";
}

/** CRI-O keeps its bundles as podman does, but always gives a root, and podman never. */
export function recognizeEngine(call: Call): Engine {
  const engine = findSign(call);
  return engine === "podman" && call.root !== undefined ? "kubernetes" : engine;
}

function findSign(call: Call): Engine {
  return SIGNS.find(({ member, pattern }) => pattern.test(call[member] ?? ""))?.engine ?? "other";
}
