import type { Facts, Rootfs, RuntimeFacts, Submount, Tree } from "../facts.ts";
import { missingArchitectures } from "../sys/architectures.ts";
import { ownProc } from "../sys/caller.ts";
import { readText } from "../sys/files.ts";
import { canMapIds } from "../sys/idMaps.ts";
import { askLibseccomp, compileFilter, countCompiled } from "../sys/libseccomp.ts";
import type { Names } from "../sys/names.ts";
import { isShared } from "../sys/sharedFiles.ts";
import { cgroupFacts } from "./cgroups.ts";
import { type MountPoint, readMountTable } from "./mountTable.ts";
import { remembering } from "./remembered.ts";
import { hostTree } from "./tree.ts";

export interface FactSources {
  readonly rootfs: Rootfs;
  readonly runtime: RuntimeFacts;
  readonly names: Names;
  /** Directory of ours below /run for answers that hold until the next boot. */
  readonly cache: string;
}

/** What the plan may know; read when it is asked for. */
export function gatherFacts({ rootfs, runtime, names, cache }: FactSources): Facts {
  const limits = once(() => parseHardLimits(readText(`${ownProc()}/limits`)));
  const libseccomp = once(askLibseccomp);
  const cgroups = once(cgroupFacts);
  const memory = once(() => parseTotalMemory(readText("/proc/meminfo")));
  return {
    host: hostTree(),
    rootfs,
    runtime,
    canMapIds: (path) => canMapIds(path, cache),
    isShared,
    remember: remembering(cache),
    findGroup: (name) => names.findGroup(name),
    hardLimit: (type) => limits().get(type) ?? INFINITY,
    knowsSystemCall: (name) => libseccomp()(name),
    countCompiled,
    missingArchitectures: once(missingArchitectures),
    compileFilter: (seccomp) => runtime.libseccomp && compileFilter(seccomp, runtime.libseccomp.path),
    get cgroups() {
      return cgroups();
    },
    get memoryBytes() {
      return memory();
    },
  };
}

export const INFINITY = 2n ** 64n - 1n;

function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
}

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
  return { ...hostTree(), path, hostPrefix, isHost: true, submounts: submountsOf(readMountTable(), "/") };
}

/** A directory as a root file system. */
export function directoryRootfs(directory: string, path: string, hostPrefix: string, tree: Tree): Rootfs {
  return { ...tree, path, hostPrefix, isHost: false, submounts: submountsOf(readMountTable(), directory) };
}

/** Mount points below `root`, parents first; of several on one path the last is the one that is seen. */
export function submountsOf(table: readonly MountPoint[], root: string): readonly Submount[] {
  const prefix = root === "/" ? "/" : `${root}/`;
  const below = new Map<string, Submount>();
  for (const { path, options } of table) {
    if (!path.startsWith(prefix) || path === "/") continue;
    const inside = path.slice(prefix.length - 1);
    below.set(inside, { path: inside, readOnly: options.includes("ro") });
  }
  return [...below.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
