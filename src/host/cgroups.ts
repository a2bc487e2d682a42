import type { CgroupFacts } from "../facts.ts";
import { listDirectory, readText, statusOf, statusOfLink, tryReadText, writeInBackground } from "../sys/files.ts";

const ROOT = "/sys/fs/cgroup";

/**
 * Where a runtime makes the cgroups of `cgroupsPath`: one directory in version 2, one in each hierarchy of version 1.
 * The v2 hierarchy of a hybrid host is hidden from runtimes.
 */
export function cgroupsOf(cgroupsPath: string): readonly string[] {
  if (statusOf(`${ROOT}/cgroup.controllers`) !== undefined) return [`${ROOT}${cgroupsPath}`];
  const hierarchies = listDirectory(ROOT).filter((name) => name !== "unified" && isDirectory(`${ROOT}/${name}`));
  return hierarchies.map((name) => `${ROOT}/${name}${cgroupsPath}`);
}

/** What can be limited here; in version 2 the controllers that children of the root may have. */
export function cgroupFacts(): CgroupFacts {
  const unified = tryReadText(`${ROOT}/cgroup.controllers`);
  if (unified !== undefined) {
    // The root itself lacks most files, and what its children will have the kernel's version says.
    return { unified: true, controllers: unified.trim().split(" "), has: () => true };
  }
  const hierarchies = listDirectory(ROOT).filter((name) => name !== "unified" && name !== "systemd");
  return {
    unified: false,
    controllers: [...new Set(hierarchies.flatMap((name) => name.split(",")))],
    has: (controller, file) => statusOf(`${ROOT}/${controller}/${file}`) !== undefined,
  };
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
export function hastenCgroups(): void {
  const own = ownCgroup();
  if (own !== undefined) writeInBackground(`${own}/cgroup.procs`, String(process.pid));
}

/** Our directory in version 2, or in one of the hierarchies of version 1 (cgroups(7)). */
function ownCgroup(): string | undefined {
  for (const line of readText("/proc/self/cgroup").trimEnd().split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const hierarchies = controllers === "" ? ["", "/unified"] : [`/${controllers!.replace("name=", "")}`];
    const directory = hierarchies.map((name) => `${ROOT}${name}${path}`).find((one) => statusOf(`${one}/cgroup.procs`));
    if (directory !== undefined) return directory;
  }
  return undefined;
}
