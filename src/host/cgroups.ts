import type { CgroupFacts } from "../model/facts.ts";
import { listDirectory, listSubdirectories, readRecord, tryReadText } from "../sys/files/files.ts";
import { fileVersionOf, statusOf, statusOfLink } from "../sys/files/status.ts";
import { writeInBackground } from "../sys/files/write.ts";

export const CGROUP_ROOT = "/sys/fs/cgroup";

/**
 * Where a runtime makes the cgroups of `cgroupsPath`: one directory in version 2, one in each hierarchy of version 1.
 * The v2 hierarchy of a hybrid host is hidden from runtimes.
 */
export function cgroupsOf(cgroupsPath: string): readonly string[] {
  return hierarchies().map((mountPoint) => mountPoint + cgroupsPath);
}

/** The mount points of the hierarchies in which runtimes make cgroups. */
export function hierarchies(): readonly string[] {
  if (isUnified()) return [CGROUP_ROOT];
  const version = fileVersionOf(CGROUP_ROOT);
  if (known?.version !== version) known = { version, mountPoints: listHierarchies() };
  return known.mountPoints;
}

/** Kept for the next request to a standby process; the directory changes with each hierarchy. */
let known: { readonly version: string; readonly mountPoints: readonly string[] } | undefined;

function listHierarchies(): readonly string[] {
  const names = listDirectory(CGROUP_ROOT).filter((name) => name !== "unified");
  return names.map((name) => `${CGROUP_ROOT}/${name}`).filter(isDirectory);
}

/** Version 2 alone. */
export function isUnified(): boolean {
  return statusOf(`${CGROUP_ROOT}/cgroup.controllers`) !== undefined;
}

/**
 * What can be limited here; in version 2 the controllers that children of `parent` may have.
 * @param parent a directory of version 2
 */
export function cgroupFacts(parent = CGROUP_ROOT): CgroupFacts {
  const unified = tryReadText(`${parent}/cgroup.controllers`);
  if (unified !== undefined) {
    return { unified: true, controllers: unified.trim().split(" ").filter(Boolean), has: hasInUnified };
  }
  const hierarchies = listDirectory(CGROUP_ROOT).filter((name) => name !== "unified" && name !== "systemd");
  return {
    unified: false,
    controllers: [...new Set(hierarchies.flatMap((name) => name.split(",")))],
    has: (controller, file) => statusOf(`${CGROUP_ROOT}/${controller}/${file}`) !== undefined,
  };
}

/** The root itself lacks most files: a cgroup below it shows them. True where none has the controller. */
function hasInUnified(controller: string, file: string): boolean {
  const isIn = (cgroup: string) => (tryReadText(`${cgroup}/cgroup.controllers`) ?? "").split(/\s/).includes(controller);
  const example = listSubdirectories(CGROUP_ROOT).find(isIn);
  return example === undefined || statusOf(`${example}/${file}`) !== undefined;
}

/** `cpu` beside `cpu,cpuacct` is a link. */
function isDirectory(path: string): boolean {
  return statusOfLink(path)?.isDirectory() ?? false;
}

/**
 * Lets the kernel get ready for moving processes between cgroups while we do other things: the first move in a while
 * waits some 10 ms for a grace period (cgroup_threadgroup_rwsem), which otherwise the runtime would do for us. Moving
 * ourselves to where we are already changes nothing.
 */
export function prewarmCgroups(): void {
  const [first] = findCallerCgroups();
  if (first !== undefined) writeInBackground(`${first[1]}/cgroup.procs`, String(process.pid));
}

/** The directories of this process's cgroups by the mount points of their hierarchies (cgroups(7)); only those that are there. */
export function callerCgroups(): ReadonlyMap<string, string> {
  return new Map(findCallerCgroups());
}

function* findCallerCgroups(): Iterable<readonly [mountPoint: string, directory: string]> {
  for (const line of readRecord("/proc/self/cgroup").trimEnd().split("\n")) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const names = controllers === "" ? ["", "/unified"] : [`/${controllers.replace("name=", "")}`];
    for (const mountPoint of names.map((name) => CGROUP_ROOT + name)) {
      const directory = path === "/" ? mountPoint : mountPoint + path;
      if (statusOf(`${directory}/cgroup.procs`) === undefined) continue;
      yield [mountPoint, directory];
      break;
    }
  }
}
