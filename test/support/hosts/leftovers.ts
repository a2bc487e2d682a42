import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** What a test could leave on its part of the machine (isolate.sh) or take from it, one line each. */
export type MachineState = ReadonlySet<string>;

/** Directories whose entries belong to services; only the first level is looked at, but all of our own. */
const SHALLOW = [
  "/",
  "/dev/shm",
  "/etc",
  "/home",
  "/root",
  "/run",
  "/run/private",
  "/run/systemd/dynamic-uid",
  "/tmp",
  "/var/cache",
  "/var/cache/private",
  "/var/lib",
  "/var/lib/private",
  "/var/log",
  "/var/log/private",
  "/var/tmp",
];
/** Of /run/dynuser only what belongs to runs; which user ids were in use and what a runtime can do is remembered. */
const DEEP = [
  "/run/dynuser/holders",
  "/run/dynuser/leases",
  "/run/dynuser/world",
  "/run/userdb",
  "/run/crun",
  "/run/runc",
];
/** Empty places and locks that stay once they have been needed; `podman info` calls rpm, which makes its database. */
const LASTING = new Set([
  ...DEEP,
  "/run/dynuser",
  "/run/mount",
  "/run/systemd",
  "/etc/.pwd.lock",
  "/var/lib/dynuser",
  "/run/private",
  "/var/lib/private",
  "/var/cache/private",
  "/var/log/private",
  "/var/cache/fontconfig",
  "/root/.rpmdb",
]);
const CONTENTS = ["/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid"];
const IPC = ["/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"];

/** How long things that end by themselves (a cgroup, a shim) may take to be gone. */
const GRACE_MILLISECONDS = 5000;

export function readMachineState(): MachineState {
  return new Set([
    ...mounts(),
    ...processes(),
    ...files(),
    ...contents(),
    ...cgroups(),
    ...networkInterfaces(),
    ...devices(),
  ]);
}

export async function changesSince(before: MachineState): Promise<readonly string[]> {
  const deadline = Date.now() + GRACE_MILLISECONDS;
  for (;;) {
    const changes = changesBetween(before, readMachineState());
    if (changes.length === 0 || Date.now() > deadline) return changes;
    await wait(50);
  }
}

function changesBetween(before: MachineState, after: MachineState): readonly string[] {
  const added = [...after].filter((line) => !before.has(line));
  const missing = [...before].filter((line) => !after.has(line) && !line.startsWith("process "));
  return [...added.map((line) => `left behind: ${line}`), ...missing.map((line) => `taken away: ${line}`)];
}

function mounts(): readonly string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return lines.map((line) => `mount ${line.split(" ").slice(3, 5).join(" ")}`);
}

/** All that the file has started: there are no others in its PID namespace but those that run it. */
function processes(): readonly string[] {
  const own = ["1", String(process.pid)];
  return list("/proc")
    .filter((name) => /^\d+$/.test(name) && !own.includes(name) && !isZombie(name))
    .map((pid) => `process ${pid} ${basename(link(`/proc/${pid}/exe`))}`);
}

function isZombie(pid: string): boolean {
  return read(`/proc/${pid}/stat`).some((line) => / Z /.test(line.slice(line.lastIndexOf(")") + 1)));
}

function files(): readonly string[] {
  const shallow = SHALLOW.flatMap((directory) => list(directory).map((name) => join(directory, name)));
  const found = [...shallow, ...DEEP.flatMap(below)].filter((path) => !LASTING.has(path));
  return found.map((path) => `file ${path}`);
}

function below(directory: string): readonly string[] {
  return list(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (isDirectory(path) ? below(path) : [path]));
}

function contents(): readonly string[] {
  const ipc = IPC.flatMap((path) => read(path).map((line) => `${path} ${line.trim().split(/ +/, 2).join(" ")}`));
  const lines = CONTENTS.flatMap((path) => read(path).map((line) => `line of ${path}: ${line}`));
  return [...lines, ...ipc];
}

function cgroups(): readonly string[] {
  const walk = (directory: string): readonly string[] =>
    list(directory)
      .map((name) => join(directory, name))
      .filter(isDirectory)
      .flatMap((path) => [path, ...walk(path)]);
  return walk("/sys/fs/cgroup").map((path) => `cgroup ${path}`);
}

function networkInterfaces(): readonly string[] {
  return read("/proc/net/dev")
    .flatMap((line) => /^ *(\S+):/.exec(line)?.[1] ?? [])
    .map((name) => `network interface ${name}`);
}

/** A runtime gives its standard streams to the container's user, devices included. */
function devices(): readonly string[] {
  // a mount point that stays once PrivateIPC= has needed it, as under systemd
  const names = list("/dev").filter((name) => name !== "mqueue");
  return names.map((name) => `device /dev/${name} ${attempt(() => ownerOf(join("/dev", name)), "gone")}`);
}

function ownerOf(path: string): string {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid} ${gid} ${mode.toString(8)}`;
}

function list(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory), []);
}

function read(path: string): readonly string[] {
  return attempt(() => readFileSync(path, "utf8").trimEnd().split("\n"), []);
}

function link(path: string): string {
  return attempt(() => readlinkSync(path), "");
}

function isDirectory(path: string): boolean {
  return attempt(() => lstatSync(path).isDirectory(), false);
}

/** What is looked at may go at any time. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
