import { readText, tryReadText } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import type { HostFact } from "../values/specifiers.ts";

/** What specifiers say of this host; "" for what it does not know. */
export function hostSpecifier(fact: HostFact): string {
  const read = READERS[fact as keyof typeof READERS];
  return read === undefined ? osRelease(fact) : read();
}

const READERS = {
  architecture: () => ARCHITECTURES[process.arch] ?? process.arch,
  bootId: () => kernel("random/boot_id").replaceAll("-", ""),
  hostName: () => kernel("hostname"),
  shortHostName: () => kernel("hostname").split(".")[0]!,
  prettyHostName: () => field("/etc/machine-info", "PRETTY_HOSTNAME") || kernel("hostname"),
  machineId: () => (tryReadText("/etc/machine-id") ?? "").trim(),
  kernelRelease: () => kernel("osrelease"),
  rootShell: () => (statusOf("/bin/bash") === undefined ? "/bin/sh" : "/bin/bash"),
} as const satisfies { readonly [F in HostFact]?: () => string };

/** systemd's words for what node calls otherwise (ConditionArchitecture= in systemd.unit(5)). */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86-64", ia32: "x86", arm64: "arm64", arm: "arm" };

function kernel(name: string): string {
  return readText(`/proc/sys/kernel/${name}`).trim();
}

function osRelease(name: string): string {
  return field("/etc/os-release", name) || field("/usr/lib/os-release", name);
}

function field(path: string, name: string): string {
  const line = new RegExp(`^${name}=(.*)$`, "m").exec(tryReadText(path) ?? "")?.[1] ?? "";
  return line.replace(/^(["'])(.*)\1$/, "$2");
}
