import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An isolated host for one test: mount, PID and IPC namespaces in which /run, /srv, /var/lib, /var/cache and /var/log are
 * empty, /etc can be written, and crun accepts the cgroups (it refuses the hybrid layout). Closing it ends every process
 * in it and takes its mounts and the cgroups that engines have made along.
 */
export interface TestHost {
  /** A directory of the host, removed with the test host. */
  readonly directory: string;
  /** Arguments of nsenter(1) that lead into it, for more than `run` can do. */
  readonly enter: readonly string[];
  run(command: readonly string[], options?: RunOptions): Result;
  /** One line of shell. */
  sh(script: string, options?: RunOptions): Result;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
}

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** crun takes no mix of control groups of both versions, but makes directories where the second one would be mounted. */
export const PLAIN_CGROUPS = `! mountpoint -q /sys/fs/cgroup/unified || {
  umount /sys/fs/cgroup/unified
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup/unified
}`;

/** Where tools/setup.sh and tools/roots.sh leave systems to compare with. */
const KEPT = "/var/cache/dynuser";

/** Where tools/roots.sh leaves the programs of other releases. */
export const ROOTS = `${KEPT}/roots`;

const SET_UP = `
set -e
${PLAIN_CGROUPS}
[ ! -d ${KEPT} ] || { mkdir "$1/kept"; mount --rbind ${KEPT} "$1/kept"; }
for directory in /run /srv /var/lib /var/cache /var/log; do mount -t tmpfs -o mode=755 tmpfs $directory; done
[ -z "$2" -o ! -d "$1/kept" ] || { mkdir -p ${KEPT}; mount --rbind "$1/kept" ${KEPT}; }
[ ! -d "$1/kept" ] || { umount -l "$1/kept"; rmdir "$1/kept"; }
for directory in /dev/shm /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $directory; done
mkdir -p "$1/etc/upper" "$1/etc/work"
mount -t tmpfs -o mode=755 tmpfs "$1/etc"
mkdir "$1/etc/upper" "$1/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc/upper,workdir=$1/etc/work" /etc
mkdir -p /run/lock /var/lib/containers
ip link set lo up
trap 'exit 0' TERM
echo ready
sleep infinity & wait # for all that is left to the first process too`;

/** @param roots whether the systems that tools/ keeps are there too */
export function openTestHost(roots?: "with roots"): Promise<TestHost> {
  return startTestHost(SET_UP, [roots ?? ""]);
}

/** `setUp` makes the mounts, prints a line and waits; its first argument is the test host's directory. */
export async function startTestHost(setUp: string, args: readonly string[] = []): Promise<TestHost> {
  const directory = mkdtempSync(join(tmpdir(), "dynuser-test-"));
  const cgroups = listCgroups();
  const flags = ["-m", "-p", "-f", "-i", "-n", "--kill-child", "--mount-proc", "--propagation", "private"];
  const keeper = spawn("unshare", [...flags, "sh", "-c", setUp, "sh", directory, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await firstLine(keeper);
  const init = childOf(keeper.pid!);

  const inside = ["-t", String(init), "-m", "-p", "-i", "-n"];
  const run = (command: readonly string[], { input = "", env, cwd = directory }: RunOptions = {}): Result => {
    const enter = [...inside, "--", "env", `--chdir=${cwd}`, ...command];
    const options = { input, encoding: "utf8", maxBuffer: 1 << 26, timeout: 120_000 } as const;
    return resultOf(spawnSync("nsenter", enter, { ...options, env: { ...process.env, ...env } }));
  };
  return {
    directory,
    enter: inside,
    run,
    sh: (script, options) => run(["sh", "-c", script], options),
    close: async () => {
      await close(keeper, init);
      rmSync(directory, { recursive: true, force: true });
      removeCgroups(listCgroups().filter((path) => !cgroups.includes(path)));
    },
  };
}

function firstLine(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    keeper.stdout!.once("data", () => resolve());
    keeper.once("exit", (status) => reject(new Error(`cannot make a testHost: unshare ended with ${status}`)));
  });
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

function resultOf({ status, stdout, stderr, error }: SpawnSyncReturns<string>): Result {
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** unshare ends after its child, the first process, with which the kernel ends all others. */
function close(keeper: ChildProcess, init: number): Promise<void> {
  if (keeper.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    keeper.once("exit", () => resolve());
    process.kill(init, "SIGTERM");
  });
}

/** Of all hierarchies; engines keep some of their own for the next container. */
function listCgroups(): readonly string[] {
  return globSync("/sys/fs/cgroup/*/*/");
}

/** Those below first. The kernel takes a dead process out of its cgroup a moment later; one that has processes stays. */
function removeCgroups(paths: readonly string[]): void {
  for (let tries = 0; tries < 50; tries++) {
    const left = paths.filter((path) => existsSync(path));
    if (left.length === 0) return;
    spawnSync("find", [...left, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
  }
}
