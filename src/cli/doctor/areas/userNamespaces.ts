import { SWITCHES } from "../../../start/userNamespaceSwitches.ts";
import { installCommand } from "../distribution.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

/** What root needs them for, and a user without root. */
const NEED = {
  root: "PrivateUsers= cannot work, and files of services are chowned at a start instead of ID-mapped",
  user: "dynuser run needs root",
} as const;

export const userNamespaces: Area<Host> = {
  name: "user namespaces",
  *probe(host) {
    const most = host.read("/proc/sys/user/max_user_namespaces")?.trim();
    const need = host.uid === 0 ? NEED.root : NEED.user;
    if (most === undefined) {
      yield problem(`the kernel has none: ${need}`, "boot a kernel with CONFIG_USER_NS=y");
    } else if (most !== "0") yield ok(`up to ${most}`);
    yield* probeSwitches(host, need);
    yield* probePrograms(host);
    yield* probeSubordinates(host);
  },
};

/** What root sees closed concerns others, unless it closes user namespaces altogether. */
function* probeSwitches(host: Host, need: string): Iterable<Finding> {
  for (const { path, isClosed, isGuess, found, remedy } of SWITCHES) {
    if (!isClosed(host.read(path)?.trim() ?? "") || (isGuess && host.canMakeUserNamespace())) continue;
    const isForAll = path.endsWith("/max_user_namespaces");
    const text = `${found} prevents ${isForAll ? "all" : "users without root"} from making any`;
    if (host.uid !== 0) yield problem(`${text}: ${need}`, remedy);
    else yield warning(isForAll ? `${text}: ${need}` : text, remedy);
  }
}

/** Programs that make and enter them, with their packages in Debian. */
const PROGRAMS = [
  { path: "/usr/bin/nsenter", name: "util-linux", need: "dynuser run needs root" },
  { path: "/usr/bin/newuidmap", name: "uidmap", need: "subordinate IDs cannot be used" },
] as const;

function* probePrograms(host: Host): Iterable<Finding> {
  if (host.uid === 0) return;
  for (const { path, name, need } of PROGRAMS) {
    if (host.status(path) === undefined) {
      yield warning(`${path} is missing: ${need}`, `sudo ${installCommand(name, host)}`);
    }
  }
}

/** The range of subuid(5) may be given by name or number. */
function* probeSubordinates(host: Host): Iterable<Finding> {
  if (host.uid === 0) return;
  const name = new RegExp(`^([^:]*):[^:]*:${host.uid}:`, "m").exec(host.read("/etc/passwd") ?? "")?.[1];
  const user = name ?? String(host.uid);
  for (const [path, option] of [
    ["/etc/subuid", "subuids"],
    ["/etc/subgid", "subgids"],
  ] as const) {
    const owners = (host.read(path) ?? "").split("\n").map((line) => line.split(":")[0]);
    if (owners.includes(user) || owners.includes(String(host.uid))) continue;
    yield warning(
      `${path} has no range for ${user}: services have the caller's ID towards the kernel, runc cannot be used, and podman cannot run containers with several users`,
      `sudo usermod --add-${option} 100000-165535 ${user}`,
    );
  }
}
