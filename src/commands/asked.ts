import type { Cri, Pod } from "../cri.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { quote, UserError } from "../errors.ts";
import {
  type Configuration,
  type Engine,
  type EngineRules,
  type PodRules,
  readConfiguration,
} from "../host/configuration.ts";
import { readParsed } from "../host/parsed.ts";
import type { IdentityRules } from "../identity/registry.ts";
import type { Spec } from "../oci/spec.ts";
import { refuseForbidden } from "../policy.ts";
import { refuseRuntimeControl } from "../runtimeAnnotations.ts";
import { type Request, readAnnotations } from "../sources/annotations.ts";
import { isSandbox, readPod } from "../sources/pod.ts";
import type { Setting } from "../sources/setting.ts";

/** What a container is to become: what it asked for itself, upon the administrator's profile. */
export interface Asked {
  readonly engine: Engine;
  readonly rules: EngineRules;
  /** The administrator's profile. */
  readonly profile: readonly Setting[];
  /** What the annotations ask for upon it. */
  readonly requested: readonly Setting[];
  /** The name of the service, if anybody gave one. */
  readonly name: string | undefined;
  /** Whether the user may be one that the host has anyway. */
  readonly staticUsers: boolean;
  readonly identity: IdentityRules;
  /** Of a container in a cluster. */
  readonly pod?: Pod | undefined;
  readonly podRules: PodRules;
}

export interface Caller {
  readonly engine: Engine;
  /** For Kubernetes: which of its two engines. */
  readonly cri?: Cri | undefined;
}

/**
 * Undefined for a container that asks for nothing and has no default profile.
 * @throws UserErrors when it asks for what it may not have
 */
export async function readAsked(spec: Spec, { engine, cri }: Caller, cache: string): Promise<Asked | undefined> {
  const { annotations = {} } = spec;
  // A pod's pause process; on other engines anybody could say so.
  if (cri !== undefined && isSandbox(annotations, cri)) return undefined;
  const configuration = await readConfiguration(cache);
  const rules = configuration[engine];
  const { staticUsers, defaultProfile } = rules;
  const isOurs = defaultProfile !== undefined || Object.keys(annotations).some((key) => key.startsWith("dynuser/"));
  if (!isOurs) return undefined;
  const pod = cri && readPod(annotations, cri);
  const request = readAnnotations(annotations, pod?.container);
  const profile = request?.profile ?? defaultProfile;
  if (request === undefined && profile === undefined) return undefined;
  refuseProfile(request, engine, configuration);
  const requested = request?.settings ?? [];
  refuseBeyond(rules, requested, annotations, engine);
  const chosen = profile === undefined ? [] : await readNamedProfile(profile, cache);
  const isAdministrators = chosen.some(({ name }) => name === "User") && requested.every(isNoUser);
  return {
    engine,
    rules,
    profile: chosen,
    requested,
    name: request?.name ?? (pod === undefined ? profile : undefined),
    staticUsers: staticUsers || isAdministrators,
    pod,
    podRules: configuration.pods,
    identity: configuration.identity,
  };
}

/** What the engine's policy does not let annotations have, ours and those of the low-level runtime. */
function refuseBeyond(
  rules: EngineRules,
  requested: readonly Setting[],
  annotations: Readonly<Record<string, string>>,
  engine: Engine,
): void {
  refuseForbidden(requested, rules, engine, DIRECTIVES);
  if (rules.policy !== "all") refuseRuntimeControl(annotations, rules.runtimeAnnotations, engine);
}

function isNoUser({ name }: Setting): boolean {
  return !["User", "Group", "DynamicUser", "SupplementaryGroups"].includes(name);
}

function refuseProfile(request: Request | undefined, engine: Engine, configuration: Configuration): void {
  const { profiles, defaultProfile } = configuration[engine];
  if (request?.profile === undefined || profiles === undefined) return;
  if (request.profile === defaultProfile || profiles.includes(request.profile)) return;
  throw new UserError(
    `cannot take profile ${quote(request.profile)}: ${engine} may have ${[...profiles, defaultProfile].filter(Boolean).join(", ") || "none"} (engines.${engine}.profiles in /etc/dynuser/config.yaml)`,
  );
}

const PROFILES = "/etc/dynuser/profiles";

/** @throws UserError when there is no such profile */
async function readNamedProfile(name: string, cache: string): Promise<readonly Setting[]> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(name)) {
    throw new UserError(`cannot take profile ${quote(name)}: expected letters, digits and _.@-`);
  }
  for (const { suffix, read } of FORMS) {
    const path = `${PROFILES}/${name}${suffix}`;
    const settings = await readParsed(path, cache, (text) => read(text, path));
    if (settings !== undefined) return settings;
  }
  throw new UserError(
    `cannot take profile ${quote(name)}: found neither ${name}.yaml nor ${name}.service in ${PROFILES}`,
  );
}

const FORMS = [
  {
    suffix: ".yaml",
    read: async (text: string, path: string) => (await import("../sources/profile.ts")).readProfile(text, path),
  },
  {
    suffix: ".service",
    read: async (text: string, path: string) =>
      (await import("../sources/unitFile.ts")).readUnitFile(text, path).settings,
  },
] as const;
