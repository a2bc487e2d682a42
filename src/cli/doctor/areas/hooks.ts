import { type Area, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

/** The default directories of podman and buildah (oci-hooks(5)). */
const SHARED = ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"];

export const hooks: Area<Host> = {
  name: "hooks",
  *probe(host) {
    const files = SHARED.flatMap((directory) => host.list(directory).map((name) => `${directory}/${name}`));
    const breaking = files.filter((path) => path.endsWith(".json") && /"precreate"/.test(host.read(path) ?? ""));
    for (const path of breaking) {
      const own = `/usr/share/dynuser/hooks.d/${path.split("/").at(-1)}`;
      yield problem(
        `${path} has a precreate hook, with which podman build fails`,
        `mv ${path} ${own}, and name that directory in hooks_dir of /etc/containers/containers.conf`,
      );
    }
    if (breaking.length === 0) yield ok("no hook that podman build fails with");
  },
};
