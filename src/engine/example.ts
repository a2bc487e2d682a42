import { UserError, UserErrors } from "../errors.ts";
import { findRuntime } from "../host/runtime.ts";
import { formatJson } from "../oci/json.ts";
import type { Spec } from "../oci/spec.ts";
import { ownClient } from "../sys/process/client.ts";
import { predictContainer } from "./container.ts";
import { readCreation } from "./creation.ts";
import { pathsOfKey, stateDirectory } from "./record/location.ts";
import { parseSpec } from "./request/specText.ts";

/**
 * Computes the start of a container that never starts, without any effect: the JavaScript engine then has the code ready that
 * the next container needs. A configuration under which no container starts leaves that to the first one.
 */
export async function predictExample(): Promise<void> {
  const paths = pathsOfKey(stateDirectory(), "example");
  try {
    const creation = await readCreation({
      id: "example",
      spec: parseSpec(JSON.stringify(EXAMPLE), "example"),
      paths,
      client: ownClient(),
      caller: { engine: "other" },
      rootfs: () => "/",
      runtime: () => findRuntime(undefined, paths.cache),
    });
    if (creation !== undefined) formatJson(predictContainer(creation).spec);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
  }
}

const CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];

/** As engines write it: most of them mount these file systems. */
const EXAMPLE: Spec = {
  ociVersion: "1.0.2",
  process: {
    user: { uid: 0, gid: 0 },
    cwd: "/",
    args: ["/bin/sh"],
    env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }],
  },
  root: { path: "/" },
  mounts: [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    { destination: "/etc/hosts", type: "bind", source: "/etc/hosts", options: ["bind", "rprivate"] },
  ],
  annotations: { "dynuser/DynamicUser": "yes", "dynuser/StateDirectory": "example", "dynuser/Name": "example" },
  linux: {
    namespaces: (["pid", "network", "ipc", "uts", "mount"] as const).map((type) => ({ type })),
    cgroupsPath: "/example",
    maskedPaths: ["/proc/kcore", "/proc/keys"],
    readonlyPaths: ["/proc/bus", "/proc/sys"],
  },
};
