import { listDirectory, statusOf, statusOfLink } from "../sys/files.ts";

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

/** `cpu` beside `cpu,cpuacct` is a link. */
function isDirectory(path: string): boolean {
  return statusOfLink(path)?.isDirectory() ?? false;
}
