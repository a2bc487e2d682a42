import type { IdentityRules } from "../identity/registry.ts";
import type { Policy, Rules } from "../policy.ts";
import { replaceFile, statusOf, tryReadText } from "../sys/files.ts";
import { explaining } from "./failure.ts";
import { completeIdentity, type WrittenIdentity } from "./identityRange.ts";
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

export type Configuration = { readonly [E in Engine]: EngineRules } & {
  readonly pods: PodRules;
  readonly identity: IdentityRules;
};

/** What holds for all containers of a cluster. */
export interface PodRules {
  /** Whose directories are on disk, user and group, where an ID-mapped mount shows them; nobody's if absent. */
  readonly owner?: number;
  /** One of these numbers, found by its name, has a container whose volume other nodes share and nothing can map. */
  readonly fixedUids?: { readonly first: number; readonly last: number };
  /** How long directories stay that no container has used, as a time span of systemd; `infinity` if absent. */
  readonly retention: string;
}

/** Whoever calls a runtime by hand is root already; a tenant of a cluster is not. */
const DEFAULT_POLICY = {
  podman: "safe",
  docker: "safe",
  containerd: "safe",
  kubernetes: "tenant",
  other: "all",
} as const satisfies Record<Engine, Policy>;

/** As validated by schemas/configuration.schema.json; every scalar is text. */
export interface WrittenConfiguration {
  readonly engines?: { readonly [E in Engine]?: WrittenRules };
  readonly pods?: { readonly owner?: string; readonly fixedUids?: string; readonly retention?: string };
  readonly identity?: WrittenIdentity;
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
  return completeConfiguration(await readWritten(cache, path));
}

async function readWritten(cache: string, path: string): Promise<WrittenConfiguration> {
  return (await readParsed(path, cache, (text) => parse(text, path))) ?? {};
}

async function parse(text: string, path: string): Promise<WrittenConfiguration> {
  const { parseConfiguration } = await import("./configurationFile.ts");
  return parseConfiguration(text, path);
}

export function isConfigured(path = CONFIGURATION_PATH): boolean {
  return statusOf(path) !== undefined;
}

/**
 * Whether containers that ask for nothing may be ours. Where they are not, a copy of the configuration says so to
 * libexec/dynuser, which starts nothing as long as the two are the same.
 * @param cache directory of ours below /run; absent where nothing can be kept
 * @throws UserErrors when the configuration is broken: it could have had a default
 */
export async function hasDefaultProfile(cache: string | undefined, path = CONFIGURATION_PATH): Promise<boolean> {
  const text = explaining(`read ${path}`, () => tryReadText(path)) ?? "";
  if (cache === undefined) return namesDefault(await parse(text, path));
  const copy = `${cache}/harmless.yaml`;
  if (text === tryReadText(copy)) return false;
  if (namesDefault(await readWritten(cache, path))) return true;
  // What was kept may be of another text than this one.
  if (namesDefault(await parse(text, path))) return true;
  explaining(`write ${copy}`, () => replaceFile(copy, text, 0o600));
  return false;
}

function namesDefault({ engines = {} }: WrittenConfiguration): boolean {
  return Object.values(engines).some(({ defaultProfile }) => defaultProfile !== undefined);
}

export function completeConfiguration({ engines = {}, pods = {}, identity = {} }: WrittenConfiguration): Configuration {
  const rules = ENGINES.map((engine) => [engine, completeRules(engine, engines[engine] ?? {})]);
  return { ...Object.fromEntries(rules), pods: completePods(pods), identity: completeIdentity(identity) };
}

function completePods({
  owner,
  fixedUids,
  retention = "infinity",
}: NonNullable<WrittenConfiguration["pods"]>): PodRules {
  const [first = 0, last = 0] = (fixedUids ?? "").split("-").map(Number);
  return {
    retention,
    ...(owner === undefined ? {} : { owner: Number(owner) }),
    ...(fixedUids === undefined ? {} : { fixedUids: { first, last } }),
  };
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
