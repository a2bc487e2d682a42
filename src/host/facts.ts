import type { Facts, Rootfs, RuntimeFacts, Tree } from "../model/facts.ts";
import { readRecord } from "../sys/files/files.ts";
import { isNetworkFileSystem } from "../sys/files/networkFileSystems.ts";
import { canMapIds, hasUserNamespaces } from "../sys/idMaps.ts";
import { missingArchitectures } from "../sys/kernel/architectures.ts";
import { compileFilter, countCompiled, querySeccomp } from "../sys/libseccomp/libseccomp.ts";
import type { Names } from "../sys/names/names.ts";
import { once } from "../sys/once.ts";
import { type Client, ownClient } from "../sys/process/client.ts";
import { canSetOomScore } from "../sys/process/oomScore.ts";
import { memoize } from "./cache/resultCache.ts";
import { cgroupFacts } from "./cgroups.ts";
import { type MountPoint, readMountTable, submountsOf, submountsOfCopy } from "./mountTable.ts";
import { networkObstacle } from "./network/obstacle.ts";
import { hostTree, rootfsTree } from "./tree.ts";

export interface FactSources {
  readonly rootfs: Rootfs;
  readonly runtime: RuntimeFacts;
  readonly names: Names;
  /** dynuser's directory below /run for answers that hold until the next boot. */
  readonly cache: string;
  /** See Facts. */
  readonly privateDevices?: string;
  /** The cgroup of version 2 below which the container's is; the root if absent. */
  readonly cgroups?: string | undefined;
  /** The mounts of the host, where they have been read already. */
  readonly mounts?: readonly MountPoint[];
  /** The process whose limits the container inherits. */
  readonly client?: Client;
}

/** What the plan may know; read when it is asked for. */
export function collectFacts({
  rootfs,
  runtime,
  names,
  cache,
  privateDevices,
  mounts,
  cgroups: parent,
  client = ownClient(),
}: FactSources): Facts {
  const limits = once(() => parseHardLimits(readRecord(`/proc/${client.pid}/limits`)));
  const libseccomp = once(querySeccomp);
  const cgroups = once(() => cgroupFacts(parent));
  const memory = once(() => parseTotalMemory(readRecord("/proc/meminfo")));
  return {
    host: hostTree(rootfs.hostPrefix, mounts),
    rootfs,
    runtime,
    ...(privateDevices !== undefined && { privateDevices }),
    canMapIds: (path) => canMapIds(path, cache),
    hasUserNamespaces,
    isNetworkFileSystem,
    memoize: memoize(cache),
    findGroup: (name) => names.findGroup(name),
    hardLimit: (type) => limits().get(type) ?? INFINITY,
    canSetOomScore,
    knowsSystemCall: (name) => libseccomp()(name),
    countCompiled,
    missingArchitectures: once(missingArchitectures),
    networkObstacle: once(() => networkObstacle(rootfs.hostPrefix)),
    compileFilter: (seccomp) => runtime.libseccomp && compileFilter(seccomp, runtime.libseccomp.path),
    get cgroups() {
      return cgroups();
    },
    get memoryBytes() {
      return memory();
    },
  };
}

/** The facts of the same host later on: files that were looked at are looked at again. */
export function collectFactsAgain(sources: FactSources, tree: Tree): Facts {
  return collectFacts({ ...sources, rootfs: { ...sources.rootfs, look: tree.look } });
}

export const INFINITY = 2n ** 64n - 1n;

const LIMIT_NAMES: Readonly<Record<string, string>> = {
  "Max address space": "RLIMIT_AS",
  "Max core file size": "RLIMIT_CORE",
  "Max cpu time": "RLIMIT_CPU",
  "Max data size": "RLIMIT_DATA",
  "Max file locks": "RLIMIT_LOCKS",
  "Max file size": "RLIMIT_FSIZE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max open files": "RLIMIT_NOFILE",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max processes": "RLIMIT_NPROC",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
  "Max resident set": "RLIMIT_RSS",
  "Max stack size": "RLIMIT_STACK",
};

/** The third column of /proc/self/limits: Bun raises soft limits at its start, hard ones stay. */
export function parseHardLimits(text: string): ReadonlyMap<string, bigint> {
  const limits = new Map<string, bigint>();
  for (const line of text.split("\n")) {
    const match = /^(Max [a-z ]+?) {2,}(\S+) +(\S+)/.exec(line);
    const type = LIMIT_NAMES[match?.[1] ?? ""];
    if (type !== undefined) limits.set(type, match![3] === "unlimited" ? INFINITY : BigInt(match![3]!));
  }
  return limits;
}

function parseTotalMemory(text: string): bigint {
  return BigInt(/^MemTotal: +(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024n;
}

/** The host's own tree as a root file system, seen through copies of it. */
export function hostRootfs(path: string, hostPrefix: string): Rootfs {
  const submounts = once(() => submountsOfCopy(readMountTable(), path));
  return {
    ...rootfsTree("/"),
    path,
    hostPrefix,
    isHost: true,
    restrictsMounts: true,
    get submounts() {
      return submounts();
    },
  };
}

/** A directory as a root file system. */
export function directoryRootfs(
  directory: string,
  path: string,
  hostPrefix: string,
  tree: Tree,
  mounts = readMountTable(),
): Rootfs {
  return { ...tree, path, hostPrefix, isHost: false, submounts: submountsOf(mounts, directory) };
}
