import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import { type CapabilityLine, capabilityLines, resolveCapabilities } from "../values/capabilitySet.ts";

export const CapabilityBoundingSet = directive({
  name: "CapabilityBoundingSet",
  summary: "Capabilities that processes may ever have, or with ~ those that they may not",
  value: {
    ...capabilityLines,
    within: (value, bound) => resolveCapabilities(value, "all").isSubsetOf(resolveCapabilities(bound, "all")),
  },
  support: "full",
  effect: "takes",
  *plan(lines) {
    yield { kind: "capabilities", keep: [...resolveCapabilities(lines, "all")] };
  },
});

export const AmbientCapabilities = directive({
  name: "AmbientCapabilities",
  summary: "Capabilities that the service has although its user is not root",
  value: capabilityLines,
  support: "partial",
  effect: "gives",
  deviation: "a capability that the engine has not given the container is left out with a warning",
  plan: planAmbient,
});

/** Those outside of the bounding set are left out without a word, as systemd 257 does it. */
function* planAmbient(lines: readonly CapabilityLine[], { service, spec }: Context): Iterable<Change> {
  const allowed = resolveCapabilities(service.get(CapabilityBoundingSet) ?? [], "all");
  const wanted = [...resolveCapabilities(lines, "none").intersection(allowed)];
  const given = spec.process?.capabilities?.bounding ?? [];
  for (const name of wanted.filter((one) => !given.includes(one))) {
    yield {
      kind: "warning",
      text: `leaving out ${name}: the container was not given it, expected an engine that adds it`,
    };
  }
  yield { kind: "capabilities", ambient: wanted };
}
