import { type EngineRules, type PodRules, readConfiguration } from "../../config/configuration.ts";
import type { Engine } from "../../config/written.ts";
import { SERVICE_DIRECTORIES } from "../../directives/execDirectories.ts";
import { DIRECTIVES } from "../../directives/index.gen.ts";
import { quote, UserError } from "../../errors.ts";
import { readParsed } from "../../host/cache/parsedFileCache.ts";
import { mayCopyImageAnnotations } from "../../host/podman.ts";
import type { IdentityRules } from "../../identity/registry.ts";
import { PROFILES_DIRECTORY } from "../../model/paths.ts";
import type { Cri, Pod } from "../../model/pod.ts";
import type { Spec } from "../../oci/spec.ts";
import type { Setting } from "../../settings/setting.ts";
import { readAnnotations } from "./annotations.ts";
import { isSandbox, readPod, readPodUid } from "./pod.ts";

/** What a container asks for: the administrator's profile, and the annotations' settings after it. */
export interface ContainerRequest {
  readonly engine: Engine;
  readonly rules: EngineRules;
  /** All annotations of the config. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The settings of the administrator's profile. */
  readonly profile: readonly Setting[];
  /** The settings of the annotations. */
  readonly requested: readonly Setting[];
  /** A profile that dynuser/Profile names and the engine's rules do not allow; it has not been read. */
  readonly refusedProfile?: string | undefined;
  /** The name of the service, if one was given. */
  readonly name: string | undefined;
  /** Whether the annotations may be those of the image. */
  readonly copiesImageAnnotations: boolean;
  /** Whether the user may be an existing one of the host. */
  readonly staticUsers: boolean;
  readonly identity: IdentityRules;
  /** The pod, for a container of a cluster. */
  readonly pod?: Pod | undefined;
  /** The pod's UID, which is in the paths of its volumes; absent where the engine does not report it. */
  readonly podUid?: string | undefined;
  readonly podRules: PodRules;
}

export interface Caller {
  readonly engine: Engine;
  /** The CRI implementation, for Kubernetes. */
  readonly cri?: Cri | undefined;
}

/**
 * Reads what a container asks for; policy/admission.ts judges it. Undefined for a container that asks for nothing and has
 * no default profile.
 * @throws UserErrors for annotations that cannot be read
 */
export async function readContainerRequest(
  spec: Spec,
  { engine, cri }: Caller,
  cache: string,
): Promise<ContainerRequest | undefined> {
  const { annotations = {} } = spec;
  // The pause container of a pod; on other engines any container could have this annotation.
  if (cri !== undefined && isSandbox(annotations, cri)) return undefined;
  const configuration = await readConfiguration(cache);
  const rules = configuration[engine];
  const { staticUsers, defaultProfile } = rules;
  const concernsDynuser =
    defaultProfile !== undefined || Object.keys(annotations).some((key) => key.startsWith("dynuser/"));
  if (!concernsDynuser) return undefined;
  const pod = cri && readPod(annotations, cri);
  const request = readAnnotations(annotations, pod?.container);
  const profile = request?.profile ?? defaultProfile;
  if (request === undefined && profile === undefined) return undefined;
  const requested = request?.settings ?? [];
  const chosen = await chooseProfile(profile, rules, cache);
  const isAdministrators = chosen.profile.some(({ name }) => name === "User") && requested.every(isNoUser);
  return {
    ...chosen,
    engine,
    rules,
    annotations,
    requested,
    name: request?.name ?? (pod === undefined ? profile : undefined),
    copiesImageAnnotations: engine === "podman" && requested.some(namesDirectory) && mayCopyImageAnnotations(cache),
    staticUsers: staticUsers || isAdministrators,
    pod,
    podUid: cri && readPodUid(annotations, cri),
    podRules: configuration.pods,
    identity: configuration.identity,
  };
}

async function chooseProfile(
  name: string | undefined,
  rules: EngineRules,
  cache: string,
): Promise<Pick<ContainerRequest, "profile" | "refusedProfile">> {
  if (name === undefined) return { profile: [] };
  if (!allowsProfile(rules, name)) return { profile: [], refusedProfile: name };
  return { profile: await readNamedProfile(name, cache) };
}

function allowsProfile({ profiles, defaultProfile }: EngineRules, profile: string): boolean {
  return profiles === undefined || profile === defaultProfile || profiles.includes(profile);
}

function namesDirectory({ name }: Setting): boolean {
  return SERVICE_DIRECTORIES.some(({ row }) => row.name === name);
}

function isNoUser({ name }: Setting): boolean {
  return DIRECTIVES.get(name)?.selectsUser !== true;
}

/** @throws UserError when there is no such profile */
async function readNamedProfile(name: string, cache: string): Promise<readonly Setting[]> {
  for (const { suffix, read } of FORMS) {
    const path = `${PROFILES_DIRECTORY}/${name}${suffix}`;
    const settings = await readParsed(path, cache, (text) => read(text, path));
    if (settings !== undefined) return settings;
  }
  throw new UserError(
    `cannot take profile ${quote(name)}: found neither ${name}.yaml nor ${name}.service in ${PROFILES_DIRECTORY}`,
  );
}

const FORMS = [
  {
    suffix: ".yaml",
    read: async (text: string, path: string) => (await import("../../settings/profile.ts")).readProfile(text, path),
  },
  {
    suffix: ".service",
    read: async (text: string, path: string) =>
      (await import("../../settings/unitFile.ts")).readUnitFile(text, path).settings,
  },
] as const;
