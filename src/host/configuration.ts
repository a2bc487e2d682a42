import type { Policy, Rules } from "../policy.ts";
import { readParsed } from "./parsed.ts";

export const CONFIGURATION_PATH = "/etc/dynuser/config.yaml";

export const ENGINES = ["podman", "docker", "containerd", "kubernetes", "other"] as const;
export type Engine = (typeof ENGINES)[number];

/** What the administrator allows the containers of one engine. */
export interface EngineRules extends Rules {
  /** Annotations for the low-level runtime that pass besides the harmless ones. */
  readonly runtimeAnnotations: readonly string[];
  /** Those that dynuser/Profile may name; when absent all, or none where there is a default. */
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
  readonly maxima?: Readonly<Record<string, string | readonly string[]>>;
  readonly runtimeAnnotations?: readonly string[];
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
  const {
    policy = DEFAULT_POLICY[engine],
    staticUsers = "no",
    maxima = {},
    runtimeAnnotations = [],
    ...rest
  } = written;
  const { profiles = rest.defaultProfile === undefined ? undefined : [] } = rest;
  return {
    ...rest,
    ...(profiles && { profiles }),
    policy,
    runtimeAnnotations,
    maxima: Object.fromEntries(Object.entries(maxima).map(([name, most]) => [name, [most].flat()])),
    staticUsers: staticUsers === "yes" || staticUsers === "true",
  };
}
