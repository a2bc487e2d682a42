import { problemsIn, UserErrors } from "../../errors.ts";
import type { Context, Service } from "../../model/directive.ts";
import { makeService } from "../../model/service.ts";
import type { Spec } from "../../oci/spec.ts";
import type { Setting } from "../../settings/setting.ts";
import { readSettings } from "../../start/pipeline.ts";
import type { ContainerRequest } from "../request/request.ts";
import { checkLimits, checkMaxima, checkProfile, maximaSettings } from "./bounds.ts";
import type { Door, RequestCheck, ServiceCheck, StartCheck, StartFacts } from "./check.ts";
import { checkDirectoryAmount, checkDirectoryNames, checkDirectoryOwners } from "./directories.ts";
import { checkImageUser, checkStaticGroup, checkStaticUser } from "./identity.ts";
import { checkDirectives, checkNamedProfile, checkRuntimeAnnotations } from "./requested.ts";
import { checkVolumes } from "./volumes.ts";

/*
 * The gate: everything that is checked of a container's request. A check returns problems, one line each; all problems
 * of a stage are reported together. No other code refuses what annotations ask for.
 */

const REQUEST_CHECKS: readonly RequestCheck[] = [checkNamedProfile, checkDirectives, checkRuntimeAnnotations];
const SERVICE_CHECKS: readonly ServiceCheck[] = [
  checkMaxima,
  checkLimits,
  checkProfile,
  checkDirectoryAmount,
  checkDirectoryNames,
];
const START_CHECKS: readonly StartCheck[] = [
  checkStaticUser,
  checkStaticGroup,
  checkImageUser,
  checkDirectoryOwners,
  checkVolumes,
];

/** A request that has passed the checks before the claim. */
export interface Admitted {
  /** The profile and the annotations together. */
  readonly service: Service;
  /** The profile alone. */
  readonly profile: Service;
}

/**
 * Reads and checks a request; nothing has been claimed or made yet.
 * @param unit the full name of the unit, for specifiers
 * @throws UserErrors with all problems
 */
export function admit(request: ContainerRequest, unit: string, spec: Spec, door: Door): Admitted {
  const problems = REQUEST_CHECKS.flatMap((check) => [...check(request)]);
  const read = (settings: readonly Setting[]) => readOrReport(settings, unit, problems);
  const profile = read(request.profile);
  const service = request.requested.length === 0 ? profile : read([...request.profile, ...request.requested]);
  const bounds = { profile: profile ?? NO_SETTINGS, maxima: read(maximaSettings(request)) ?? NO_SETTINGS, spec };
  if (service !== undefined) {
    for (const check of [...SERVICE_CHECKS, ...door.service]) problems.push(...check(request, service, bounds));
  }
  if (service === undefined || problems.length > 0) throw new UserErrors([...new Set(problems)]);
  return { service, profile: bounds.profile };
}

const NO_SETTINGS = makeService(new Map());

function readOrReport(settings: readonly Setting[], unit: string, problems: string[]): Service | undefined {
  try {
    return readSettings(settings, { unit, mode: "container" }).service;
  } catch (error) {
    problems.push(...problemsIn(error));
    return undefined;
  }
}

/** Everything that is wrong with a start whose identity is claimed; see `Start.check`. */
export function checkStart(
  request: ContainerRequest,
  context: Context,
  facts: StartFacts,
  door: Door,
): readonly string[] {
  return [...START_CHECKS, ...door.start].flatMap((check) => [...check(request, context, facts)]);
}
