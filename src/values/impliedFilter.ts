import { errno, type Filter, forbid } from "../filter.ts";

const EPERM = 1;

/** System calls that directives with another main purpose forbid (section SYSTEM CALL FILTERING of systemd.exec(5)). */
const CALLS = {
  ProtectClock: ["@clock"],
  ProtectHostname: ["sethostname", "setdomainname"],
  ProtectKernelLogs: ["syslog"],
  ProtectKernelModules: ["@module"],
  ProtectKernelTunables: ["_sysctl"],
  PrivateDevices: ["@raw-io"],
} as const;

export function impliedFilter(name: keyof typeof CALLS): Filter {
  return forbid(name, errno(EPERM), [{ calls: CALLS[name] }]);
}
