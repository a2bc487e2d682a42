import { readInit, recordDirectory } from "../host/containerRecord.ts";
import { performReleases } from "../host/release.ts";
import { findInit } from "../identity/container.ts";
import type { Holder } from "../identity/holder.ts";
import { markProcess, type ProcessMark } from "../identity/process.ts";
import { HOST_PLACES, openRegistry, type Registry } from "../identity/registry.ts";
import { tryReadText } from "../sys/files.ts";
import { complain } from "../sys/output.ts";

/** The registry below `own`, which knows how the containers of engines tell that they run. */
export function openRegistryAt(own: string): Registry {
  return openRegistry({
    places: { ...HOST_PLACES, own },
    perform: performReleases,
    warn: complain,
    findInit: (holder) => findRecordedInit(holder, own) ?? findInit(holder),
  });
}

/** What the container's own hook put away, which spares asking the runtime; a later process with the same PID is in other cgroups. */
function findRecordedInit({ id, cgroups, uid }: Holder, own: string): ProcessMark | undefined {
  const pid = readInit(recordDirectory(own, id));
  if (pid === undefined) return undefined;
  const isOurs = cgroups.length > 0 ? isInCgroups(pid, cgroups) : runsAs(pid, uid);
  return isOurs ? markProcess(pid) : undefined;
}

function isInCgroups(pid: number, cgroups: readonly string[]): boolean {
  const paths = (tryReadText(`/proc/${pid}/cgroup`) ?? "")
    .split("\n")
    .map((line) => line.split(":").slice(2).join(":"));
  return paths.some((path) => path.length > 1 && cgroups.some((cgroup) => cgroup.endsWith(path)));
}

/** A created container waits as root for its start. */
function runsAs(pid: number, uid: number): boolean {
  const [, real] = /^Uid:\s+(\d+)/m.exec(tryReadText(`/proc/${pid}/status`) ?? "") ?? [];
  return real === String(uid) || real === "0";
}
