import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import type { Context } from "../../../src/model/directive.ts";
import type { Change } from "../../../src/model/edit.ts";
import type { Facts, Identity } from "../../../src/model/facts.ts";
import { makePlan } from "../../../src/model/plan.ts";
import type { Spec } from "../../../src/oci/spec.ts";
import { readFlag } from "../../../src/settings/flags.ts";
import { readService } from "../../../src/settings/read.ts";
import { specifiersOf } from "../../../src/values/specifiers.ts";
import { factsOfHost } from "../hosts/facts.ts";

export interface Situation {
  readonly identity?: Identity;
  readonly spec?: Spec;
  readonly facts?: Partial<Facts>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A dynamic user as the identity layer hands it out. */
export const DYNAMIC: Identity = {
  name: "web",
  groupName: "web",
  uid: 63404,
  gid: 63404,
  leased: true,
  groupLeased: true,
  groups: [],
};

/** What one directive asks for when these settings, one per line, are read as flags; its own changes only. */
export function planOf(owner: string, settings: string, situation: Situation = {}): readonly Change[] {
  const { edits, actions, releases, warnings } = makePlan(contextOf(settings, situation));
  const items = [...edits, ...actions, ...releases, ...warnings].filter((owned) => owned.owner === owner);
  return items.map(({ item }) => (typeof item === "string" ? { kind: "warning", text: item } : item));
}

export function contextOf(settings: string, situation: Situation = {}): Context {
  const specifiers = specifiersOf("web.service", () => "host");
  const { service } = readService(settings.split("\n").map(readFlag), { directives: DIRECTIVES, specifiers });
  return {
    service,
    identity: situation.identity,
    spec: situation.spec ?? { ociVersion: "1.0.2", process: { user: { uid: 0, gid: 0 }, cwd: "/" } },
    facts: { ...factsOfHost(), ...situation.facts },
    scope: {
      name: "web",
      unit: "web.service",
      containerId: "c",
      token: "0123456789abcdef",
      directory: "/run/dynuser/c",
      environment: situation.environment ?? {},
    },
  };
}

/** What all directives of these settings ask of a container that starts from `spec`. */
export function planAll(settings: readonly string[], spec: Spec): readonly Change[] {
  return makePlan(contextOf(settings.join("\n"), { spec })).edits.map(({ item }) => item);
}
