import { readParsed } from "../host/cache/parsedFileCache.ts";
import type { IdentityRules } from "../identity/registry.ts";
import { CONFIGURATION_PATH } from "../model/paths.ts";
import { withContext } from "../sys/failure.ts";
import { readCache, writeCache } from "../sys/files/cacheFile.ts";
import { tryReadText } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { completeIdentity } from "./identityRange.ts";
import type { Policy, Rules } from "./policy.ts";
import { ENGINES, type Engine, type WrittenConfiguration, type WrittenRules } from "./written.ts";

/** What the administrator allows the containers of one engine. */
export interface EngineRules extends Rules {
  /** Annotations for the low-level runtime that pass in addition to the harmless ones. */
  readonly runtimeAnnotations: readonly string[];
  /** Profiles that dynuser/Profile may name; absent: all of them, none for tenants. */
  readonly profiles?: readonly string[];
  readonly defaultProfile?: string;
  /**
   * Whether annotations may name directories: `own`, below a directory of the engine, or `none`; absent: `own`, and `none`
   * for a podman that copies annotations of images.
   */
  readonly directories?: "own" | "none";
  readonly staticUsers: boolean;
  /** Directories of the host: volumes there, or below, may become a container's own whatever is in them. */
  readonly volumes: readonly string[];
}

export type Configuration = { readonly [E in Engine]: EngineRules } & {
  readonly pods: PodRules;
  readonly identity: IdentityRules;
};

/** What holds for all containers of a cluster. */
export interface PodRules {
  /** User and group that directories belong to on disk, where an ID-mapped mount shows them; 65534 if absent. */
  readonly owner?: number;
  /** A container whose volume is shared with other nodes and cannot be ID-mapped gets one of these UIDs, derived from its name. */
  readonly fixedUids?: { readonly first: number; readonly last: number };
  /** How long unused directories are kept, a time span of systemd; `infinity` if absent. */
  readonly retention: string;
}

/** A caller that runs a runtime by hand is root already; a tenant of a cluster is not. */
const DEFAULT_POLICY = {
  podman: "safe",
  docker: "safe",
  containerd: "safe",
  kubernetes: "tenant",
  other: "all",
} as const satisfies Record<Engine, Policy>;

/**
 * The host's configuration; the defaults when there is no file.
 * @param cache dynuser's directory below /run
 * @throws UserErrors with a line each when the file is not as its schema says
 */
export async function readConfiguration(cache: string, path = CONFIGURATION_PATH): Promise<Configuration> {
  return completeConfiguration(await readWritten(cache, path));
}

async function readWritten(cache: string, path: string): Promise<WrittenConfiguration> {
  return (await readParsed(path, cache, (text) => parse(text, path))) ?? {};
}

async function parse(text: string, path: string): Promise<WrittenConfiguration> {
  const { parseConfiguration } = await import("./parse.ts");
  return parseConfiguration(text, path);
}

export function isConfigured(path = CONFIGURATION_PATH): boolean {
  return statusOf(path) !== undefined;
}

/**
 * Whether some engine has a default profile, so that containers without annotations concern dynuser. If none has, a copy
 * of the configuration is kept; libexec/dynuser starts no program while the two are the same.
 * @param cache dynuser's directory below /run; absent where nothing can be kept
 * @throws UserErrors when the configuration is broken: it could have had a default
 */
export async function hasDefaultProfile(cache: string | undefined, path = CONFIGURATION_PATH): Promise<boolean> {
  const text = withContext(`read ${path}`, () => tryReadText(path)) ?? "";
  if (cache === undefined) return namesDefault(await parse(text, path));
  const copy = `${cache}/harmless.yaml`;
  if (text === readCache(copy)) return false;
  if (namesDefault(await readWritten(cache, path))) return true;
  // The cached result may be that of an earlier text.
  if (namesDefault(await parse(text, path))) return true;
  writeCache(copy, text);
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

/** Whether annotations are written by tenants. */
function isTenant(engine: Engine, policy: Policy): boolean {
  return policy === "tenant" || (engine === "kubernetes" && policy !== "all");
}

function completeRules(engine: Engine, written: WrittenRules): EngineRules {
  const {
    policy = DEFAULT_POLICY[engine],
    staticUsers = "no",
    maxima = {},
    runtimeAnnotations = [],
    volumes = [],
    ...rest
  } = written;
  // A tenant chooses among the listed profiles only: a profile may grant what the policy does not.
  const isListed = rest.defaultProfile !== undefined || isTenant(engine, policy);
  const { profiles = isListed ? [] : undefined } = rest;
  return {
    ...rest,
    ...(profiles && { profiles }),
    policy,
    runtimeAnnotations,
    volumes,
    maxima: Object.fromEntries(Object.entries(maxima).map(([name, most]) => [name, [most].flat()])),
    staticUsers: staticUsers === "yes" || staticUsers === "true",
  };
}
