import type { WrittenIdentity } from "./identityRange.ts";
import type { Policy } from "./policy.ts";

export const ENGINES = ["podman", "docker", "containerd", "kubernetes", "other"] as const;

export type Engine = (typeof ENGINES)[number];

/** As validated by schemas/configuration.schema.json; every scalar is text. */
export interface WrittenConfiguration {
  readonly engines?: { readonly [E in Engine]?: WrittenRules };
  readonly pods?: { readonly owner?: string; readonly fixedUids?: string; readonly retention?: string };
  readonly identity?: WrittenIdentity;
}

export interface WrittenRules {
  readonly policy?: Policy;
  readonly maxima?: Readonly<Record<string, string | readonly string[]>>;
  readonly runtimeAnnotations?: readonly string[];
  readonly profiles?: readonly string[];
  readonly defaultProfile?: string;
  readonly directories?: "own" | "none";
  readonly volumes?: readonly string[];
  readonly staticUsers?: "yes" | "no" | "true" | "false";
}
