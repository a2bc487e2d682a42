import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Seccomp } from "../../../src/oci/spec.ts";

/** What engines put into config.json on Debian 12, x86-64, for a container with their usual capabilities. */
export const ENGINE_PROFILES: Readonly<Record<string, Seccomp | undefined>> = {
  none: undefined,
  "podman 4.3.1": readProfile("podman-4.3.1"),
  "docker 20.10.24": readProfile("docker-20.10.24"),
  "a later docker": withSocketRanges(readProfile("docker-20.10.24")),
};

function readProfile(name: string): Seccomp {
  return JSON.parse(readFileSync(join(import.meta.dirname, `engineProfiles/${name}.json`), "utf8"));
}

/** Later versions leave out AF_ALG and AF_VSOCK by ranges, and answer clone3(2) with ENOSYS. */
function withSocketRanges(seccomp: Seccomp): Seccomp {
  const compare = (op: "SCMP_CMP_LT" | "SCMP_CMP_EQ" | "SCMP_CMP_GT", value: number) =>
    ({ names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, op, value }] }) as const;
  const others = (seccomp.syscalls ?? []).map((entry) => ({
    ...entry,
    names: entry.names.filter((call) => call !== "socket" && call !== "clone3"),
  }));
  const ranges = [compare("SCMP_CMP_LT", 38), compare("SCMP_CMP_EQ", 39), compare("SCMP_CMP_GT", 40)];
  const clone3 = { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 } as const;
  return { ...seccomp, defaultErrnoRet: 1, syscalls: [...others, ...ranges, clone3] };
}
