import type { Filter } from "../../filter.ts";

/** The order of systemd (exec_invoke, src/core/exec-invoke.c): of two filters that return an errno the later one's counts. */
const ORDER: readonly string[] = [
  "ProtectHostname",
  "RestrictAddressFamilies",
  "MemoryDenyWriteExecute",
  "RestrictRealtime",
  "RestrictSUIDSGID",
  "RestrictNamespaces",
  "ProtectKernelTunables",
  "ProtectKernelModules",
  "ProtectKernelLogs",
  "ProtectClock",
  "PrivateDevices",
  "SystemCallArchitectures",
  "LockPersonality",
  "SystemCallLog",
  "SystemCallFilter",
];

/** Filters that systemd does not have come first. */
export function inInstallOrder(filters: readonly Filter[]): readonly Filter[] {
  return filters.toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
}
