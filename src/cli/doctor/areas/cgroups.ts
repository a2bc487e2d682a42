import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const ROOT = "/sys/fs/cgroup";

export const cgroups: Area<Host> = {
  name: "cgroups",
  *probe(host) {
    yield probeVersion(host);
    yield* probeAccess(host);
    yield* probeControllers(host);
  },
};

function probeVersion(host: Host): Finding {
  const at = (path: string) => host.mounts.findLast((mount) => mount.path === path)?.fileSystem;
  if (at(ROOT) === "cgroup2") return ok("control groups of version 2");
  if (at(`${ROOT}/unified`) === "cgroup2") {
    return warning(
      "version 2 is mounted beside version 1: dynuser run works, but crun refuses such a host when an engine calls it",
      `${onlyVersion2(host)}, or let engines use runc`,
    );
  }
  if (host.mounts.some(({ path, fileSystem }) => fileSystem === "cgroup" && path.startsWith(ROOT))) {
    return warning("control groups of version 1", onlyVersion2(host));
  }
  return problem(
    `no control groups are mounted at ${ROOT}, so that no runtime starts a container`,
    `mount -t cgroup2 none ${ROOT}`,
  );
}

/** systemd 258 removed version 1 and its kernel option; other init systems never had the option. */
function onlyVersion2(host: Host): string {
  const version = Number(/^systemd (\d+)/.exec(host.ask("/usr/bin/systemctl", "--version") ?? "")?.[1] ?? 0);
  const isBooted = host.status("/run/systemd/system") !== undefined;
  return isBooted && version > 0 && version < 258
    ? "boot with systemd.unified_cgroup_hierarchy=1"
    : "boot with cgroup_no_v1=all and mount only cgroup2";
}

/** In a container the tree is often read-only. */
function* probeAccess({ mounts }: Host): Iterable<Finding> {
  const isReadOnly = mounts.findLast(({ path }) => path === ROOT)?.options.includes("ro");
  if (!isReadOnly || mounts.findLast(({ path }) => path === ROOT)?.fileSystem === "tmpfs") return;
  yield problem(
    `${ROOT} is read-only, as in a container: dynuser run cannot make a control group`,
    "start that container with a writable tree (podman, docker: --privileged, or --security-opt unmask=/sys/fs/cgroup)",
  );
}

const LIMITS = { memory: "MemoryMax=", pids: "TasksMax=", cpu: "CPUQuota=" } as const;

function* probeControllers(host: Host): Iterable<Finding> {
  const text = host.read(`${ROOT}/cgroup.controllers`);
  if (text === undefined) return;
  const missing = Object.entries(LIMITS).filter(([name]) => !text.trim().split(" ").includes(name));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name);
  yield warning(
    `the controllers ${names.join(", ")} are missing: ${missing.map(([, directive]) => directive).join(", ")} cannot be honoured`,
    names.includes("memory") ? "boot with cgroup_enable=memory" : `delegate them (Delegate=${names.join(" ")})`,
  );
}
