import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Context } from "../plan.ts";
import type { DirectoryItem } from "../values/directoryList.ts";
import { type WorkingPlace, workingPlace } from "../values/workingDirectory.ts";
import { DynamicUser } from "./dynamicUser.ts";
import {
  CacheDirectory,
  ConfigurationDirectory,
  LogsDirectory,
  RuntimeDirectory,
  StateDirectory,
} from "./execDirectories.ts";

export const WorkingDirectory = directive({
  name: "WorkingDirectory",
  summary: "Where the service's processes start",
  value: workingPlace,
  support: "full",
  effect: "neutral",
  *check({ path }, service) {
    if (path === "~" && service.get(DynamicUser)) {
      yield "cannot honour WorkingDirectory=~: found DynamicUser=yes, expected a path because such a user has no home";
    }
  },
  plan: planPlace,
});

/** The low-level runtime would make a missing directory in the root file system, or fail late. */
function* planPlace({ path, optional }: WorkingPlace, context: Context): Iterable<Change> {
  const wanted = path === "~" ? (context.identity?.home ?? "/root") : path;
  if (OF_A_PROCESS.test(wanted)) {
    throw new UserError(
      `cannot honour WorkingDirectory=: found ${quote(wanted)}, which is what a process has open, expected a directory of the container`,
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

/** The runtime enters it before it has let go of the host's (CVE-2024-21626). */
const OF_A_PROCESS = /^\/proc\/(?:self|thread-self|\d+)(?:\/|$)/;

/** What lies in a mount or in a directory of the service is not there yet and cannot be looked at. */
function isThere(path: string, { facts, spec, service }: Context): boolean {
  const places = [
    ...(spec.mounts ?? []).map((mount) => mount.destination),
    ...DIRECTORIES.flatMap(([directive, base]) =>
      (service.get(directive) ?? []).map((item) => `${base}/${item.source}`),
    ),
  ];
  return (
    facts.rootfs.look(path).type === "directory" ||
    places.some((place) => path === place || path.startsWith(`${place.replace(/\/$/, "")}/`))
  );
}

const DIRECTORIES: readonly (readonly [Directive<readonly DirectoryItem[]>, string])[] = [
  [RuntimeDirectory, "/run"],
  [StateDirectory, "/var/lib"],
  [CacheDirectory, "/var/cache"],
  [LogsDirectory, "/var/log"],
  [ConfigurationDirectory, "/etc"],
];
