import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { denyCalls } from "../values/denyCalls.ts";
import { hostnameProtection } from "../values/hostname.ts";

export const ProtectHostname = directive({
  name: "ProtectHostname",
  summary: "Runs the service in a new UTS namespace, and prevents it from changing the hostname unless private",
  value: hostnameProtection,
  support: "partial",
  deviation:
    "the hostname in /proc/sys is always read-only with yes, under systemd only if another setting requires a mount namespace",
  effect: "restricts",
  suggest: { rank: 23, ...grade("yes") },
  filter: {
    order: 10,
    rules: ({ mode }) => (mode === "yes" ? denyCalls("sethostname", "setdomainname") : undefined),
  },
  *plan({ mode, hostname }) {
    if (mode === "no") return;
    yield { kind: "namespace", type: "uts" };
    if (hostname !== undefined) yield { kind: "hostname", hostname };
    if (mode === "private") return;
    yield { kind: "path", path: "/proc/sys/kernel/hostname", access: "readOnly", optional: true };
    yield { kind: "path", path: "/proc/sys/kernel/domainname", access: "readOnly", optional: true };
  },
});
