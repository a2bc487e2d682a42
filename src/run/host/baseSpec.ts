import type { Integer64, Mount, Resources, Spec } from "../../oci/spec.ts";
import type { Caller } from "../../start/caller.ts";
import { readRecord } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { CAPABILITIES } from "../../values/capabilities.ts";
import { PRIVATE_MOUNTS } from "./privateMounts.ts";

export interface BaseSpecRequest {
  readonly rootfs: string;
  /** /proc, /sys, /dev and /run of a root file system other than the host's. */
  readonly mounts: readonly Mount[];
  /** Relative to the place of the run in each hierarchy, `/dynuser-ID`; undefined where no cgroup can be made. */
  readonly cgroupsPath: string | undefined;
  readonly terminal: boolean;
  /** The highest number of open files this process may grant. */
  readonly openFiles: bigint;
  /** Limits of the caller that its cgroup does not get otherwise. */
  readonly limits: Resources;
}

/**
 * The config of a command without any setting: root with all capabilities that this process may grant, in the host's
 * namespaces except for mounts.
 */
export function makeBaseSpec(request: BaseSpecRequest): Spec {
  const { rootfs, mounts, cgroupsPath, terminal, openFiles, limits } = request;
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
      ...(cgroupsPath !== undefined && { cgroupsPath }),
      rootfsPropagation: "rslave",
      resources: { ...limits, devices: [{ allow: true, type: "a", access: "rwm" }] },
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

/** Capabilities that this process may grant; a container host may lack CAP_SYS_RESOURCE. */
function boundingSet(): readonly string[] {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readRecord("/proc/self/status"))?.[1] ?? "0"}`);
  return CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n);
}

/**
 * Mounts of the host's own tree. Where dynuser is no root of the host, runtimes may not make in its /dev what they look for
 * there, and leave alone a /dev that is mounted.
 */
export function hostMounts({ kind }: Caller): readonly Mount[] {
  if (kind === "root") return [];
  const devices = `${PRIVATE_MOUNTS.host}/dev`;
  const console = { destination: "/dev/console", type: "bind", source: `${devices}/null`, options: ["bind"] };
  return [
    { destination: "/dev", type: "bind", source: devices, options: ["rbind", "rslave"] },
    // runc opens it for writing before it mounts the terminal there.
    ...(statusOf("/dev/console") === undefined ? [] : [console]),
  ];
}

/** Mounts of systemd in a RootDirectory= (namespace.c, MountAPIVFS=); PID namespace and devices are the host's. */
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
