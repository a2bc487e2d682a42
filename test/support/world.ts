import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A machine of its own for one test: mount, PID and IPC namespaces in which /run, /var/lib, /var/cache and /var/log are
 * empty, /etc can be written, and crun accepts the cgroups (it refuses the hybrid layout). Closing it ends every process
 * in it and takes its mounts and the cgroups that engines have made along.
 */
export interface World {
  /** A directory of the host, removed with the world. */
  readonly directory: string;
  /** Arguments of nsenter(1) that lead into it; for those who need more than `run`. */
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

/** crun takes no mix of control groups of both versions. */
export const PLAIN_CGROUPS = "! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified";

const SET_UP = `
set -e
${PLAIN_CGROUPS}
for directory in /run /var/lib /var/cache /var/log; do mount -t tmpfs -o mode=755 tmpfs $directory; done
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir -p "$1/etc/upper" "$1/etc/work"
mount -t tmpfs -o mode=755 tmpfs "$1/etc"
mkdir "$1/etc/upper" "$1/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc/upper,workdir=$1/etc/work" /etc
mkdir -p /run/lock /var/lib/containers
ip link set lo up
echo ready
sleep infinity & wait # for all that is left to the first process too`;

export async function openWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "dynuser-test-"));
  const cgroups = listCgroups();
  const flags = ["-m", "-p", "-f", "-i", "-n", "--kill-child", "--mount-proc", "--propagation", "private"];
  const keeper = spawn("unshare", [...flags, "sh", "-c", SET_UP, "sh", directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await firstLine(keeper);
  const init = childOf(keeper.pid!);

  const inside = ["-t", String(init), "-m", "-p", "-i", "-n"];
  const run = (command: readonly string[], { input = "", env, cwd = directory }: RunOptions = {}): Result => {
    const enter = [...inside, `--wd=${cwd}`, "--", ...command];
    const options = { input, encoding: "utf8", maxBuffer: 1 << 26, timeout: 120_000 } as const;
    return resultOf(spawnSync("nsenter", enter, { ...options, env: { ...process.env, ...env } }));
  };
  return {
    directory,
    enter: inside,
    run,
    sh: (script, options) => run(["sh", "-c", script], options),
    close: async () => {
      await close(keeper);
      rmSync(directory, { recursive: true, force: true });
      removeCgroups(listCgroups().filter((path) => !cgroups.includes(path)));
    },
  };
}

function firstLine(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    keeper.stdout!.once("data", () => resolve());
    keeper.once("exit", (status) => reject(new Error(`cannot make a world: unshare ended with ${status}`)));
  });
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

function resultOf({ status, stdout, stderr, error }: SpawnSyncReturns<string>): Result {
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

function close(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    keeper.once("exit", () => resolve());
    keeper.kill("SIGKILL");
  });
}

/** Of all hierarchies; engines keep some of their own for the next container. */
function listCgroups(): readonly string[] {
  return globSync("/sys/fs/cgroup/*/*/");
}

/** Those below first; what somebody is in stays. */
function removeCgroups(paths: readonly string[]): void {
  if (paths.length > 0) spawnSync("find", [...paths, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
}
