import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { type WorkingPlace, workingPlace } from "../values/workingDirectory.ts";
import { isDynamic } from "./dynamicUser.ts";
import { directoryPaths } from "./execDirectories.ts";

export const WorkingDirectory = directive({
  name: "WorkingDirectory",
  summary: "Sets the working directory of the service's processes",
  value: workingPlace,
  support: "full",
  effect: "neutral",
  *check({ path }, service) {
    if (path === "~" && isDynamic({ service })) {
      yield "cannot honour WorkingDirectory=~: found DynamicUser=yes, expected a path as a dynamic user has no home";
    }
  },
  plan: planPlace,
});

/** The low-level runtime would create a missing directory in the root file system, or fail late. */
function* planPlace({ path, optional }: WorkingPlace, context: Context): Iterable<PlannedChange> {
  const wanted = path === "~" ? homeOf(context) : path;
  if (OF_A_PROCESS.test(wanted)) {
    throw new UserError(
      `cannot honour WorkingDirectory=: found ${quote(wanted)}, which refers to an open file of a process, expected a directory of the container`,
    );
  }
  if (isThere(wanted, context)) {
    yield { kind: "process", field: "cwd", value: wanted };
  } else if (optional) {
    yield { kind: "warning", text: `starting in /: found no directory ${quote(wanted)}` };
    yield { kind: "process", field: "cwd", value: "/" };
  } else {
    throw new UserError(
      `cannot honour WorkingDirectory=: found no directory ${quote(wanted)} in the container, expected one, or a "-" before it`,
    );
  }
}

/** systemd starts a user without a home in / (src/core/exec-invoke.c, apply_working_directory). */
function homeOf({ identity }: Context): string {
  return identity === undefined ? "/root" : (identity.home ?? "/");
}

/** The runtime enters it while it still holds directories of the host open (CVE-2024-21626). */
const OF_A_PROCESS = /^\/proc\/(?:self|thread-self|\d+)(?:\/|$)/;

/**
 * What lies in a mount of the engine, or in a directory of the service that an image does not show, cannot be looked up.
 * On the host's root the service's directories are made before.
 */
function isThere(path: string, { facts, spec, service, scope }: Context): boolean {
  const { rootfs } = facts;
  const mounted = (spec.mounts ?? []).map((mount) => mount.destination);
  const places = rootfs.isHost ? mounted : [...mounted, ...directoryPaths(service, scope)];
  return (
    rootfs.look(path).type === "directory" ||
    places.some((place) => path === place || path.startsWith(`${place.replace(/\/$/, "")}/`))
  );
}
