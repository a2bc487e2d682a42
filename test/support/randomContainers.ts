import { UserError } from "../../src/errors.ts";
import type { Directive } from "../../src/model/directive.ts";
import type { Mount, Spec } from "../../src/oci/spec.ts";
import { CAPABILITIES } from "../../src/values/capabilities.ts";
import { ENGINE_PROFILES } from "./engines/engineProfiles.ts";
import { factsOfImage } from "./hosts/facts.ts";
import type { Random } from "./random.ts";
import type { Samples } from "./rights.ts";

/* Random containers of engines, values for any directive, and where to look for rights. */

const PATHS = [
  "/",
  "/etc",
  "/usr/bin",
  "/home/a",
  "/data",
  "/data/x",
  "/volume",
  "/tmp",
  "/var/tmp",
  "/proc/sys",
  "/sys/fs",
];
const FILES = Object.fromEntries(
  [...PATHS, "/root", "/dev", "/run/user", "/boot"].map((path) => [path, "directory" as const]),
);
/** The files of the image, and of the host, of every random container. */
export const FACTS = factsOfImage({ host: { "/host/volume": "directory", ...FILES }, rootfs: FILES });

/** Values of various directives, in addition to the words of each grammar. */
const TEXTS = `yes no 0 1 07 4096 64K 10% infinity strict self host private /data /volume -/usr /etc:/data ~mount mount
  @system-service ~@privileged ~@mount:EPERM native x86 AF_INET ~AF_PACKET none net ~user CAP_CHOWN ~CAP_SYS_ADMIN
  CAP_KILL_CAP_FOWNER closed auto char-rtc /dev/null 100ms 2 eth0 any`
  .split(/\s+/)
  .concat("/data 5M", "/data infinity", "any any", "any localhost", "localhost any", "multicast any");

export const SAMPLES: Samples = {
  paths: PATHS.map((path) => (path === "/" ? "/x" : path)),
  calls: [
    "read mount umount2 socket clone clone3 unshare setns chmod fchmodat openat openat2 mknod ptrace bpf keyctl mmap",
    "mprotect shmat personality sched_setscheduler init_module kexec_load iopl syslog settimeofday setuid setgid sethostname",
  ].flatMap((line) =>
    line.split(" ").flatMap((name) =>
      [0n, 6n, 0o6755n, 0x7e02_0000n, 2n ** 32n].map((value) => ({
        name,
        args: Array<bigint>(6).fill(value),
      })),
    ),
  ),
  devices: [
    { type: "c", major: 1, minor: 3 },
    { type: "b", major: 8, minor: 0 },
    { type: "c", major: 10, minor: 200 },
  ],
};

/** The words of its grammar and those texts that it reads without a complaint. */
export function textsFor(row: Directive): readonly string[] {
  const words = row.value.syntax.split(/[^A-Za-z0-9-]+/).filter(Boolean);
  return [...new Set([...words, ...TEXTS])].filter((text) => {
    const reading = { expand: (one: string) => one, complain };
    try {
      row.value.parse(text, reading);
      return true;
    } catch {
      return false;
    }
  });
}

function complain(found: string): never {
  throw new UserError(found);
}

/** As an engine may have written it. */
export function randomSpec(random: Random): Spec {
  const some = random.some(CAPABILITIES, 0.4);
  const uid = random.pick([0, 1000]);
  const seccomp = random.pick(Object.values(ENGINE_PROFILES));
  return {
    ociVersion: "1.0.2",
    root: { path: "rootfs", ...(random.below(2) === 0 && { readonly: true }) },
    process: {
      cwd: "/",
      user: { uid, gid: uid, additionalGids: random.some([4, 27, 100], 0.5) },
      args: ["sh"],
      ...(random.below(2) === 0 && { noNewPrivileges: true }),
      capabilities: { bounding: some, effective: uid === 0 ? some : [], permitted: uid === 0 ? some : [], ambient: [] },
      rlimits: random
        .some(["RLIMIT_NOFILE", "RLIMIT_RTPRIO", "RLIMIT_CORE"] as const, 0.5)
        .map((type) => ({ type, soft: 0, hard: random.below(99) })),
    },
    mounts: [...MOUNTS, ...random.some(VOLUMES, 0.6)],
    linux: {
      namespaces: [{ type: "mount" }, ...random.some(NAMESPACES, 0.6)],
      maskedPaths: random.some(["/proc/kcore", "/proc/keys", "/sys/firmware"], 0.7),
      readonlyPaths: random.some(["/proc/sys", "/proc/bus"], 0.7),
      resources: {
        devices: [{ allow: false, access: "rwm" }, ...random.some(DEVICES, 0.5)],
        ...(random.below(2) === 0 && { memory: { limit: 4096 }, pids: { limit: 7 } }),
      },
      ...(seccomp && { seccomp }),
    },
  };
}

const MOUNTS: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
];
const VOLUMES: readonly Mount[] = [
  { destination: "/volume", type: "bind", source: "/host/volume", options: ["rbind", "ro", "nosuid", "nodev"] },
  { destination: "/data", type: "bind", source: "/host/volume", options: ["rbind", "rw", "noexec"] },
  { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec", "ro"] },
];
const NAMESPACES = [
  { type: "network", path: "/run/netns/pod" },
  { type: "pid" },
  { type: "ipc" },
  { type: "uts", path: "/proc/7/ns/uts" },
  { type: "cgroup" },
] as const;
const DEVICES = [
  { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  { allow: true, type: "b", major: 8, minor: 0, access: "r" },
] as const;
