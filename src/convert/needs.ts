import { directoryPaths } from "../directives/execDirectories.ts";
import { ExecPaths, ReadOnlyPaths, ReadWritePaths } from "../directives/readWritePaths.ts";
import type { Service } from "../model/directive.ts";
import { isAtOrBelow } from "../values/within.ts";
import type { Volume } from "./translation.ts";

/** What every engine puts into a container. */
const GIVEN = ["/proc", "/sys", "/dev", "/tmp", "/var/tmp"];

/** Directories that every image has. */
const BASES = new Set(
  "/ /bin /etc /home /lib /lib64 /opt /root /run /sbin /srv /usr /usr/bin /usr/lib /var /var/lib".split(" "),
);

/** Paths that the command and the settings name and nothing puts into the container: the image has to have them. */
export function neededPaths(
  service: Service,
  command: readonly string[],
  volumes: readonly Volume[],
): readonly string[] {
  const made = [...GIVEN, ...directoryPaths(service), ...volumes.map(({ path }) => path)];
  const listed = [ReadWritePaths, ReadOnlyPaths, ExecPaths].flatMap((row) =>
    (service.get(row) ?? []).filter(({ optional }) => !optional).map(({ path }) => path),
  );
  const named = [...command.flatMap(pathsIn), ...listed];
  return [...new Set(named)].filter((path) => !BASES.has(path) && !isAtOrBelow(path, made));
}

/** An argument that is a path, also after `--option=`. */
function pathsIn(word: string): readonly string[] {
  const [, path] = /^(?:-[\w-]*=?)?(\/[\w.@+/-]*\w)$/.exec(word) ?? [];
  return path === undefined ? [] : [path];
}
