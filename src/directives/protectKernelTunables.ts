import { directive } from "../directive.ts";
import type { Access } from "../edit.ts";
import { ownProc } from "../values/apiFileSystems.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

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
  summary: "Makes the kernel's settings in /proc and /sys read-only",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "paths that the container does not have need no protection; /sys is read-only even if another setting lists it, where systemd 257 forgets it",
  *plan(enabled, { facts }) {
    if (!enabled) return;
    yield* ownProc(facts.rootfs);
    for (const access of ["readOnly", "inaccessible", "readWriteImplicit"] as const) {
      for (const path of PATHS[access]) yield { kind: "path", path, access, optional: true };
    }
    yield { kind: "seccomp", filter: impliedFilter("ProtectKernelTunables") };
  },
});

function inProc(name: string): string {
  return `/proc/${name}`;
}
