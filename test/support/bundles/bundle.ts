import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/oci/spec.ts";
import { makeRootfs } from "../engines/image.ts";

const CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];

/** A bundle as engines write it, with busybox in it; `asking` are annotations below dynuser/. */
export function writeBundle(
  directory: string,
  command: readonly string[],
  asking: Readonly<Record<string, string>> = {},
  others: Readonly<Record<string, string>> = {},
): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  makeRootfs(join(directory, "rootfs"));
  writeFileSync(join(directory, "config.json"), JSON.stringify(specOf(command, asking, others)));
}

function specOf(
  command: readonly string[],
  asking: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Spec {
  const ours = Object.fromEntries(Object.entries(asking).map(([name, value]) => [`dynuser/${name}`, value]));
  const annotations = { ...others, ...ours };
  return {
    ociVersion: "1.0.2",
    annotations,
    process: {
      user: { uid: 0, gid: 0 },
      cwd: "/",
      args: command,
      env: ["PATH=/bin"],
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    },
    root: { path: "rootfs" },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
      { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"] },
    ],
    linux: { namespaces: [{ type: "mount" }, { type: "pid" }, { type: "ipc" }, { type: "network" }] },
  };
}
