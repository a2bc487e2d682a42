import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import { type CapabilityLine, capabilityLines, resolveCapabilities } from "../values/capabilitySet.ts";

/** The groups of systemd-analyze(1) security. */
const CAPABILITY_GROUPS = [
  "CAP_SYS_ADMIN",
  "CAP_SETUID CAP_SETGID CAP_SETPCAP",
  "CAP_SYS_PTRACE",
  "CAP_SYS_TIME CAP_WAKE_ALARM",
  "CAP_NET_ADMIN",
  "CAP_SYS_RAWIO CAP_MKNOD",
  "CAP_SYS_MODULE",
  "CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_AUDIT_WRITE",
  "CAP_SYSLOG",
  "CAP_SYS_NICE CAP_SYS_RESOURCE",
  "CAP_CHOWN CAP_FSETID CAP_SETFCAP",
  "CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_IPC_OWNER",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_RAW",
  "CAP_SYS_BOOT CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_LINUX_IMMUTABLE CAP_SYS_CHROOT CAP_LEASE CAP_SYS_PACCT CAP_BPF",
  "CAP_IPC_LOCK CAP_BLOCK_SUSPEND CAP_SYS_TTY_CONFIG",
];

export const CapabilityBoundingSet = directive({
  name: "CapabilityBoundingSet",
  summary: "Limits the capability bounding set to the listed capabilities, or with ~ to all others",
  value: {
    ...capabilityLines,
    within: (value, bound) => resolveCapabilities(value, "all").isSubsetOf(resolveCapabilities(bound, "all")),
  },
  support: "full",
  effect: "restricts",
  suggest: { rank: 2, ...grade("", ...CAPABILITY_GROUPS.map((group) => grade(`~${group}`))) },
  *plan(lines) {
    yield { kind: "capabilities", keep: [...resolveCapabilities(lines, "all")] };
  },
});

export const AmbientCapabilities = directive({
  name: "AmbientCapabilities",
  summary: "Sets the ambient capabilities of the service's processes",
  value: capabilityLines,
  support: "partial",
  effect: "grants",
  deviation: "a capability outside the bounding set of the engine's config is left out with a warning",
  plan: planAmbient,
});

/** systemd drops capabilities outside CapabilityBoundingSet= silently (src/core/exec-invoke.c). */
function* planAmbient(lines: readonly CapabilityLine[], { service, spec }: Context): Iterable<PlannedChange> {
  const allowed = resolveCapabilities(service.get(CapabilityBoundingSet) ?? [], "all");
  const wanted = [...resolveCapabilities(lines, "none").intersection(allowed)];
  const given = spec.process?.capabilities?.bounding ?? [];
  for (const name of wanted.filter((one) => !given.includes(one))) {
    yield {
      kind: "warning",
      text: `leaving out ${name}: it is not in the container's bounding set, expected an engine that adds it`,
    };
  }
  yield { kind: "capabilities", ambient: wanted };
}
