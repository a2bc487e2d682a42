import type { Policy } from "../policy.ts";
import { readParsed } from "./parsed.ts";

export const CONFIGURATION_PATH = "/etc/dynuser/config.yaml";

export const ENGINES = ["podman", "docker", "containerd", "kubernetes", "other"] as const;
export type Engine = (typeof ENGINES)[number];

/** What the administrator allows the containers of one engine. */
export interface EngineRules {
  readonly policy: Policy;
  /** Those that dynuser/Profile may name; all when absent. */
  readonly profiles?: readonly string[];
  readonly defaultProfile?: string;
  readonly staticUsers: boolean;
}

export type Configuration = { readonly [E in Engine]: EngineRules };

/** Whoever calls a runtime by hand is root already; a tenant of a cluster is not. */
const DEFAULT_POLICY = {
  podman: "safe",
  docker: "safe",
  containerd: "safe",
  kubernetes: "tighten",
  other: "all",
} as const satisfies Record<Engine, Policy>;

/** As validated by schemas/configuration.schema.json; every scalar is text. */
export interface WrittenConfiguration {
  readonly engines?: { readonly [E in Engine]?: WrittenRules };
}

interface WrittenRules {
  readonly policy?: Policy;
  readonly profiles?: readonly string[];
  readonly defaultProfile?: string;
  readonly staticUsers?: "yes" | "no" | "true" | "false";
}

/**
 * The host's configuration; the defaults when there is no file.
 * @param cache directory of ours below /run
 * @throws UserErrors with a line each when the file is not as its schema says
 */
export async function readConfiguration(cache: string, path = CONFIGURATION_PATH): Promise<Configuration> {
  const written = await readParsed(path, cache, async (text) => {
    const { parseConfiguration } = await import("./configurationFile.ts");
    return parseConfiguration(text, path);
  });
  return completeConfiguration(written ?? {});
}

export function completeConfiguration({ engines = {} }: WrittenConfiguration): Configuration {
  const rules = ENGINES.map((engine) => [engine, completeRules(engine, engines[engine] ?? {})]);
  return Object.fromEntries(rules);
}

function completeRules(engine: Engine, written: WrittenRules): EngineRules {
  const { policy = DEFAULT_POLICY[engine], staticUsers = "no", ...rest } = written;
  return { ...rest, policy, staticUsers: staticUsers === "yes" || staticUsers === "true" };
}
