import { type Area, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const SWITCHES = [
  {
    path: "/proc/sys/kernel/unprivileged_userns_clone",
    closed: "0",
    remedy: "sysctl -w kernel.unprivileged_userns_clone=1",
  },
  {
    path: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    closed: "1",
    remedy:
      "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with `userns,` for the engine",
  },
] as const;

export const userNamespaces: Area<Host> = {
  name: "user namespaces",
  *probe(host) {
    const most = host.read("/proc/sys/user/max_user_namespaces")?.trim();
    if (most === undefined) {
      yield problem(
        "the kernel has none: PrivateUsers= and ID-mapped mounts cannot work",
        "boot a kernel with CONFIG_USER_NS=y",
      );
    } else if (most === "0") {
      yield problem(
        "none may be made: PrivateUsers= and ID-mapped mounts cannot work",
        "sysctl -w user.max_user_namespaces=15000",
      );
    } else yield ok(`up to ${most}`);
    for (const { path, closed, remedy } of SWITCHES) {
      if (host.read(path)?.trim() !== closed) continue;
      yield warning(`${path} keeps users without root from making any, and so from having containers`, remedy);
    }
  },
};
