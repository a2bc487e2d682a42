import { type Area, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

const ROOT = "/sys/fs/cgroup";

export const cgroups: Area<Host> = {
  name: "cgroups",
  *probe({ mounts }) {
    const at = (path: string) => mounts.findLast((mount) => mount.path === path)?.fileSystem;
    const hasVersion1 = mounts.some(({ path, fileSystem }) => fileSystem === "cgroup" && path.startsWith(ROOT));
    if (at(ROOT) === "cgroup2") yield ok("control groups of version 2");
    else if (at(`${ROOT}/unified`) === "cgroup2") {
      yield warning(
        "version 2 is mounted beside version 1: dynuser run works, but crun refuses such a host when an engine calls it",
        "boot with systemd.unified_cgroup_hierarchy=1, or let engines use runc",
      );
    } else if (hasVersion1) {
      yield warning("control groups of version 1", "boot with systemd.unified_cgroup_hierarchy=1");
    } else {
      yield problem(
        `no control groups are mounted at ${ROOT}, so that no runtime starts a container`,
        `mount -t cgroup2 none ${ROOT}`,
      );
    }
  },
};
