import { directive } from "../model/directive.ts";
import type { Access } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import { ownProc } from "../values/apiFileSystems.ts";
import { boolean } from "../values/boolean.ts";
import { denyCalls } from "../values/denyCalls.ts";

/** protect_kernel_tunables_proc_table and …_sys_table of src/core/namespace.c. */
const PATHS = {
  readOnly: [
    ..."acpi apm asound bus fs irq latency_stats mtrr scsi sys sysrq-trigger timer_stats".split(" ").map(inProc),
    "/sys",
    "/sys/fs/bpf",
    "/sys/kernel/debug",
    "/sys/kernel/tracing",
  ],
  inaccessible: ["/proc/kallsyms", "/proc/kcore"],
  readWriteImplicit: ["/sys/fs/cgroup", "/sys/fs/selinux"],
} satisfies { readonly [A in Access]?: readonly string[] };

export const ProtectKernelTunables = directive({
  name: "ProtectKernelTunables",
  summary: "Makes kernel variables in /proc and /sys read-only",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 13, ...grade("yes") },
  deviation:
    "paths that do not exist in the container are skipped; /sys stays read-only even if another setting lists it, where systemd 257 leaves it writable",
  filter: { order: 70, rules: (enabled) => (enabled ? denyCalls("_sysctl") : undefined) },
  *plan(enabled, { facts }) {
    if (!enabled) return;
    yield* ownProc(facts.rootfs);
    for (const access of ["readOnly", "inaccessible", "readWriteImplicit"] as const) {
      for (const path of PATHS[access]) yield { kind: "path", path, access, optional: true };
    }
  },
});

function inProc(name: string): string {
  return `/proc/${name}`;
}
