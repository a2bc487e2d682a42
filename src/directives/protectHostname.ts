import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const ProtectHostname = directive({
  name: "ProtectHostname",
  summary: "Gives the service a hostname of its own that it cannot change",
  value: boolean,
  support: "partial",
  deviation: "its names in /proc are read-only always, under systemd only where another setting needs mounts",
  effect: "takes",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "namespace", type: "uts" };
    yield { kind: "path", path: "/proc/sys/kernel/hostname", access: "readOnly", optional: true };
    yield { kind: "path", path: "/proc/sys/kernel/domainname", access: "readOnly", optional: true };
    yield { kind: "seccomp", filter: impliedFilter("ProtectHostname") };
  },
});
