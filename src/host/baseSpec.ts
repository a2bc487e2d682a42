import type { Integer64, Mount, Spec } from "../oci/spec.ts";
import { readText } from "../sys/files.ts";
import { CAPABILITIES } from "../values/capabilities.ts";

export interface BaseSpecRequest {
  readonly rootfs: string;
  /** A tree of its own lacks what the kernel shows in the host's: /proc, /sys, /dev and /run are put there. */
  readonly mounts: readonly Mount[];
  /** Below the root of each hierarchy, `/dynuser-ID`. */
  readonly cgroupsPath: string;
  readonly terminal: boolean;
  /** The highest number of open files this process may grant. */
  readonly openFiles: bigint;
}

/**
 * The config of a command that runs as systemd would run it without any setting: as root, with all capabilities this
 * process may give, in the host's own namespaces but for mounts.
 */
export function makeBaseSpec({ rootfs, mounts, cgroupsPath, terminal, openFiles }: BaseSpecRequest): Spec {
  const capabilities = boundingSet();
  return {
    ociVersion: "1.0.2",
    process: {
      terminal,
      user: { uid: 0, gid: 0, umask: 0o022 },
      args: [],
      env: [`PATH=${SEARCH_PATH}`, "USER=root"],
      cwd: "/",
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [
        {
          type: "RLIMIT_NOFILE",
          soft: smaller(DEFAULT_OPEN_FILES.soft, openFiles),
          hard: smaller(DEFAULT_OPEN_FILES.hard, openFiles),
        },
      ],
      noNewPrivileges: false,
    },
    root: { path: rootfs, readonly: false },
    mounts,
    linux: {
      namespaces: [{ type: "mount" }],
      cgroupsPath,
      rootfsPropagation: "rslave",
      resources: { devices: [{ allow: true, type: "a", access: "rwm" }] },
    },
  };
}

/** systemd's DEFAULT_PATH on a merged /usr (path-util.h). */
export const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

/** DefaultLimitNOFILE= (systemd-system.conf(5)). */
const DEFAULT_OPEN_FILES = { soft: 1024n, hard: 524288n };

function smaller(wanted: bigint, limit: bigint): Integer64 {
  return Number(wanted < limit ? wanted : limit);
}

/** What this process may pass on at most: on a host without CAP_SYS_RESOURCE nobody gets it. */
function boundingSet(): readonly string[] {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readText("/proc/self/status"))?.[1] ?? "0"}`);
  return CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n);
}

/** What systemd puts into a RootDirectory= (namespace.c, MountAPIVFS=); PID namespace and devices are the host's. */
export function apiMounts(hostPrefix: string): readonly Mount[] {
  return [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/sys", type: "bind", source: `${hostPrefix}/sys`, options: ["rbind", "rslave"] },
    { destination: "/dev", type: "bind", source: `${hostPrefix}/dev`, options: ["rbind", "rslave"] },
    {
      destination: "/run",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "nodev", "strictatime", "mode=0755", "size=20%", "nr_inodes=800k"],
    },
  ];
}
