import { closeFile } from "../../sys/files/files.ts";
import { createMap, loadProgram } from "../../sys/kernel/bpf.ts";
import { SystemError } from "../../sys/kernel/system.ts";
import { assemble, exit, set } from "./assembler.ts";
import { unifiedRoot } from "./unifiedCgroups.ts";

/**
 * What keeps this process from filtering the network of a cgroup, as in `found …`; undefined if nothing does.
 * @param hostPrefix see Rootfs
 */
export function networkObstacle(hostPrefix: string): string | undefined {
  if (unifiedRoot(hostPrefix) === undefined) return "no cgroup of version 2";
  try {
    closeFile(loadProgram("bind4", assemble([set(0, 1), exit()])));
    closeFile(createMap({ type: "lpmTrie", key: 8, value: 1, entries: 1 }));
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.code === "EPERM" ? "no right to load BPF programs" : "no kernel that runs BPF programs for cgroups";
  }
}
