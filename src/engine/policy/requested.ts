import { forbiddenDirectives, nameOf } from "../../config/policy.ts";
import { DIRECTIVES } from "../../directives/index.gen.ts";
import { quote } from "../../errors.ts";
import { CONFIGURATION_PATH } from "../../model/paths.ts";
import type { ContainerRequest } from "../request/request.ts";
import { controllingAnnotations } from "./runtimeAnnotations.ts";

/** dynuser/Profile= may name the profiles that the administrator lists. */
export function* checkNamedProfile({ engine, rules, refusedProfile }: ContainerRequest): Iterable<string> {
  if (refusedProfile === undefined) return;
  const { profiles = [], defaultProfile } = rules;
  const allowed = [...profiles, defaultProfile].filter(Boolean).join(", ") || "none";
  yield `cannot take profile ${quote(refusedProfile)}: ${engine} may have ${allowed} (engines.${engine}.profiles in ${CONFIGURATION_PATH})`;
}

/** The directives of the annotations are those that the engine's policy allows. */
export function* checkDirectives({ engine, rules, requested }: ContainerRequest): Iterable<string> {
  for (const name of forbiddenDirectives(requested, rules, DIRECTIVES)) {
    yield `cannot take ${name}= from an annotation: policy of ${engine} is ${nameOf(rules.policy)}, expected one that allows it (engines.${engine}.policy in ${CONFIGURATION_PATH}) or a profile`;
  }
}

/**
 * Annotations for the low-level runtime, which could undo what is set here, are refused and not dropped: their author
 * relies on what they do.
 */
export function* checkRuntimeAnnotations({ engine, rules, annotations }: ContainerRequest): Iterable<string> {
  if (rules.policy === "all") return;
  for (const key of controllingAnnotations(annotations, rules.runtimeAnnotations)) {
    yield `cannot take annotation ${quote(key)}: it makes the low-level runtime deviate from what dynuser sets, expected it to be left out or listed (engines.${engine}.runtimeAnnotations in ${CONFIGURATION_PATH})`;
  }
}
