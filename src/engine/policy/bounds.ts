import { beyondMaxima, beyondProfile, unrestricted } from "../../config/policy.ts";
import { DIRECTIVES } from "../../directives/index.gen.ts";
import { UserError } from "../../errors.ts";
import type { Service } from "../../model/directive.ts";
import { CONFIGURATION_PATH } from "../../model/paths.ts";
import type { Setting } from "../../settings/setting.ts";
import type { Limit } from "../../values/limit.ts";
import type { ContainerRequest } from "../request/request.ts";
import type { Bounds } from "./check.ts";

/** Values stay within the administrator's maxima; more is refused, not reduced. */
export function* checkMaxima(request: ContainerRequest, service: Service, { maxima }: Bounds): Iterable<string> {
  if (request.requested.length === 0) return;
  const { engine, rules } = request;
  for (const name of beyondMaxima(rules, service, maxima)) {
    const bound = rules.maxima[name]!.join(" ");
    yield `cannot take ${name}= from an annotation: found more than ${bound}, expected that at most (engines.${engine}.maxima in ${CONFIGURATION_PATH})`;
  }
}

/** Annotations cannot raise a limit of the engine, where the profile has not set it. */
export function* checkLimits(request: ContainerRequest, service: Service, bounds: Bounds): Iterable<string> {
  const { rules, requested } = request;
  const limits = bounds.spec.process?.rlimits ?? [];
  for (const [row, value] of service.entries()) {
    const limit = limits.find(({ type }) => type === `RLIMIT_${/^Limit([A-Z]+)$/.exec(row.name)?.[1]}`);
    const isAsked = requested.some(({ name }) => name === row.name) && bounds.profile.get(row) === undefined;
    if (limit === undefined || !isAsked || unrestricted(rules, row) || Object.hasOwn(rules.maxima, row.name)) continue;
    const most = BigInt(typeof limit.hard === "object" ? limit.hard.rawJSON : limit.hard);
    if ((value as Limit).hard <= most) continue;
    yield `cannot take ${row.name}= from an annotation: found more than the engine's limit of ${most}, expected that at most`;
  }
}

/** Annotations cannot lift what the profile restricts. */
export function* checkProfile(request: ContainerRequest, service: Service, { profile }: Bounds): Iterable<string> {
  if (request.requested.length === 0) return;
  for (const name of beyondProfile(request.rules, service, profile)) {
    yield `cannot take ${name}= from an annotation: found less than the container's profile restricts, expected that at least`;
  }
}

/**
 * The maxima of an engine as settings.
 * @throws UserError for a directive whose values cannot be compared
 */
export function maximaSettings({ rules, engine }: ContainerRequest): readonly Setting[] {
  const place = `engines.${engine}.maxima in ${CONFIGURATION_PATH}`;
  return Object.entries(rules.maxima).flatMap(([name, texts]) => {
    const row = DIRECTIVES.get(name);
    if (row !== undefined && row.value.within === undefined) {
      throw new UserError(`cannot take a maximum of ${name}=: its values cannot be compared (${place})`);
    }
    return texts.map((value) => ({ name, value, place, lenient: false }));
  });
}
