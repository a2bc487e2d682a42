import * as assert from "uvu/assert";
import { applyEdits } from "../../src/apply/apply.ts";
import { completeConfiguration } from "../../src/config/configuration.ts";
import { allows } from "../../src/config/policy.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { NO_DOOR_CHECKS } from "../../src/engine/creation.ts";
import { engineStorage } from "../../src/engine/engineStorage.ts";
import { admit } from "../../src/engine/policy/admission.ts";
import { markRequestedPaths } from "../../src/engine/policy/profilePaths.ts";
import type { ContainerRequest } from "../../src/engine/request/request.ts";
import { problemsOf, UserError, UserErrors } from "../../src/errors.ts";
import type { Context, Directive, Service } from "../../src/model/directive.ts";
import { editsOf, factsAfterPlan, makePlan } from "../../src/model/plan.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { readFlag } from "../../src/settings/flags.ts";
import { choosesUser } from "../../src/start/pipeline.ts";
import { contextOf, DYNAMIC } from "./bundles/plan.ts";
import { makeRandom, type Random } from "./random.ts";
import { FACTS, randomSpec, SAMPLES, textsFor } from "./randomContainers.ts";
import { rightsGained } from "./rights.ts";

/** One random profile with random annotations over it. */
export interface Trial {
  readonly profile: readonly string[];
  readonly asked: readonly string[];
  readonly policy: string;
  /** `refused` by the gate; `impossible` for a profile that is none; else what the annotations have gained. */
  readonly result: "refused" | "impossible" | readonly string[];
}

/* Profiles and annotations have no users of the host: which they may name is another check of the gate. */
const ROWS = [...new Set(DIRECTIVES.values())].filter(
  ({ support, selectsUser }) => support !== "refused" && support !== "ignored" && !selectsUser,
);
const TEXTS = new Map(ROWS.map((row) => [row, textsFor(row)]));

/** Random profiles with random annotations over them, from a seed on. */
export function tryProfiles(count: number, firstSeed: number): void {
  const counts = { refused: 0, impossible: 0, held: 0 };
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { result, ...trial } = tryProfile(seed);
    if (typeof result !== "string") assert.equal(result, [], `seed ${seed}: ${JSON.stringify(trial)}`);
    counts[typeof result === "string" ? result : "held"] += 1;
  }
  console.log(counts);
  assert.ok(counts.held > count / 4 && counts.refused > count / 20, "too few trials say anything");
}

export function tryProfile(seed: number): Trial {
  const random = makeRandom(seed);
  const policy = random.pick(["safe", "tighten", "tenant"] as const);
  const {
    podman: rules,
    identity,
    pods,
  } = completeConfiguration({
    engines: { podman: { policy, directories: "own" } },
  });
  const allowed = ROWS.filter((row) => allows(rules, row));
  const profile = settings(random, ROWS, 1 + random.below(4));
  // what a profile sets is most likely to be undone by the same directive
  const again = allowed.filter(({ name }) => profile.some((setting) => setting.startsWith(`${name}=`)));
  const asked = [...settings(random, allowed, 1 + random.below(3)), ...settings(random, again, random.below(2))];
  const request: ContainerRequest = {
    engine: "podman",
    rules,
    annotations: {},
    profile: profile.map(readFlag),
    requested: asked.map(readFlag),
    name: "web",
    copiesImageAnnotations: false,
    staticUsers: false,
    identity,
    podRules: pods,
  };
  return { profile, asked, policy, result: compare(request, randomSpec(random)) };
}

function settings(random: Random, rows: readonly Directive[], count: number): readonly string[] {
  if (rows.length === 0) return [];
  return Array.from({ length: count }, () => {
    const row = random.pick(rows);
    return `${row.name}=${random.below(12) === 0 ? "" : random.pick(TEXTS.get(row)!)}`;
  });
}

function compare(request: ContainerRequest, spec: Spec): Trial["result"] {
  const alone = attempt(() => admit({ ...request, requested: [] }, "web.service", spec, NO_DOOR_CHECKS).service);
  const before = alone && attempt(() => specOf(request, alone, alone, spec));
  if (alone === undefined || before === undefined) return "impossible";
  const together = attempt(() => admit(request, "web.service", spec, NO_DOOR_CHECKS).service);
  const after = together && attempt(() => specOf(request, together, alone, spec));
  if (together === undefined || after === undefined) return "refused";
  const hasUser = choosesUser(alone);
  return rightsGained(before, after, FACTS, SAMPLES, "whether it is executed").filter(
    (gain) => hasUser || gain !== "another user",
  );
}

/** As the pipeline makes it (src/start/pipeline.ts). */
function specOf(request: ContainerRequest, service: Service, profile: Service, spec: Spec): Spec {
  const storage = engineStorage(request, service, profile, "podman:c");
  const { scope, ...rest } = contextOf("DynamicUser=no", { spec, facts: FACTS });
  const context: Context = {
    ...rest,
    service,
    identity: choosesUser(service) ? DYNAMIC : undefined,
    scope: { ...scope, ...(storage && { storage }) },
  };
  const plan = markRequestedPaths(makePlan(context), context, profile, request);
  return applyEdits(spec, editsOf(plan.edits), factsAfterPlan(FACTS, plan));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (problemsOf(error) !== undefined || error instanceof UserError || error instanceof UserErrors) return undefined;
    throw error;
  }
}
