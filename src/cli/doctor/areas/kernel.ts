import { isAtLeast } from "../../../values/version.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

/** mount_setattr(2) came with 5.12, ID-mapped tmpfs with 6.3. */
const NEEDED = [5, 12];
const TMPFS_MAPPED = [6, 3];

export const kernel: Area<Host> = {
  name: "kernel",
  *probe(host) {
    const release = host.read("/proc/sys/kernel/osrelease")?.trim() ?? "";
    yield probeRelease(release);
    yield probeFilters(host);
  },
};

function probeRelease(release: string): Finding {
  if (!isAtLeast(release, NEEDED)) {
    return problem(`Linux ${release} has no mount_setattr(2)`, "boot Linux 5.12 or newer");
  }
  if (!isAtLeast(release, TMPFS_MAPPED)) {
    return warning(
      `Linux ${release} cannot show files of a tmpfs with other owners`,
      "boot Linux 6.3 or newer, or keep directories of services on disk",
    );
  }
  return ok(`Linux ${release}`);
}

function probeFilters(host: Host): Finding {
  const actions = host.read("/proc/sys/kernel/seccomp/actions_avail");
  if (actions?.includes("kill_process")) return ok("system call filters");
  return problem(
    "the kernel has no system call filters, without which nothing is started that asks for one",
    "boot a kernel with CONFIG_SECCOMP_FILTER=y",
  );
}
