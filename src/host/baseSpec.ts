import type { Integer64, Spec } from "../oci/spec.ts";
import { readText } from "../sys/files.ts";
import { CAPABILITIES } from "../values/capabilities.ts";

export interface BaseSpecRequest {
  readonly rootfs: string;
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
export function makeBaseSpec({ rootfs, cgroupsPath, terminal, openFiles }: BaseSpecRequest): Spec {
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
    mounts: [],
    linux: {
      namespaces: [{ type: "mount" }],
      cgroupsPath,
      rootfsPropagation: "rslave",
      resources: { devices: [{ allow: true, type: "a", access: "rwm" }] },
    },
  };
}

/** systemd's DEFAULT_PATH on a merged /usr (path-util.h). */
const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

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
