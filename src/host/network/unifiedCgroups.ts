import { Mismatch } from "../../sys/failure.ts";
import { makeDirectory, readText } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { writeText } from "../../sys/files/write.ts";

const BESIDE_VERSION_1 = "/sys/fs/cgroup/unified";

/**
 * The hierarchy of version 2, alone or beside those of version 1, in the host's copy at `prefix` or in its own tree;
 * undefined where there is none.
 */
export function unifiedRoot(prefix = ""): string | undefined {
  const roots = new Set([`${prefix}/sys/fs/cgroup`, "/sys/fs/cgroup"]);
  const places = [...roots].flatMap((root) => [root, `${root}/unified`]);
  return places.find((place) => statusOf(`${place}/cgroup.controllers`) !== undefined);
}

/** @throws Mismatch where there is none */
export function requireUnifiedRoot(prefix = ""): string {
  const root = unifiedRoot(prefix);
  if (root === undefined) throw new Mismatch("no cgroup of version 2", "cgroup v2");
  return root;
}

/** The cgroup of a process, relative to the root of that hierarchy. */
function unifiedPathOf(pid: number | "self"): string {
  const path = /^0::(.*)$/m.exec(readText(`/proc/${pid}/cgroup`))?.[1];
  if (path === undefined || path.startsWith("/.."))
    throw new Mismatch("no cgroup of version 2 that can be seen from here", "one");
  return path === "/" ? "" : path;
}

/**
 * The cgroup of a container's init.
 * @throws Mismatch when other processes are in it
 */
export function cgroupOfInit(init: number, root: string): string {
  const cgroup = root + unifiedPathOf(init);
  if (isAlone(init, cgroup)) return cgroup;
  throw new Mismatch("a cgroup of version 2 that other processes share", "one of the container's own");
}

/** The cgroup of a container's init; a new one, `name` below the present one, where other processes are in that. */
export function enterOwnCgroup(
  init: number,
  root: string,
  name: string,
): { readonly path: string; readonly isNew: boolean } {
  const present = root + unifiedPathOf(init);
  if (isAlone(init, present)) return { path: present, isNew: false };
  const path = `${present}/${name}`;
  makeDirectory(path, 0o755);
  writeText(`${path}/cgroup.procs`, String(init));
  return { path, isNew: true };
}

/** The cgroup that `enterOwnCgroup` makes for a container of this process beside version 1; none on other hosts. */
export function ownCgroupBesideVersion1(name: string): readonly string[] {
  return unifiedRoot() === BESIDE_VERSION_1 ? [`${BESIDE_VERSION_1}${unifiedPathOf("self")}/${name}`] : [];
}

function isAlone(init: number, cgroup: string): boolean {
  return readText(`${cgroup}/cgroup.procs`).trim() === String(init);
}
