import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Debian 13 with systemd 257, made by tools/setup.sh. */
export const REFERENCE_TREE = "/var/cache/dynuser/trixie";

const BOOT_SECONDS = 60;
const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A systemd that runs as PID 1 in its own namespaces; several do not disturb each other. */
export interface SystemdHost {
  /** Its root directory as a path of this host. */
  readonly root: string;
  readonly pid: number;
  /** Runs a command beside it, in all its namespaces and in a cgroup of its tree. */
  run(command: readonly string[], options?: RunOptions): Run;
  /** The arguments with which any program starts `command` inside, for more than `run` can do. */
  enter(command: readonly string[]): readonly [string, ...string[]];
  /** Ends everything in it; nothing of it stays. */
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly timeoutSeconds?: number;
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Furnishing {
  /** A directory of the host to use as /var/lib, which is an empty tmpfs otherwise. */
  readonly stateDirectory?: string;
  /** Whether /dev/ptmx is as engines make it for containers (the default) or as the kernel does: a node, and ptmxmode=000. */
  readonly devices?: "container" | "machine";
  /** More packages over the bare tree: names of layers that tools/setup.sh makes. */
  readonly layers?: readonly string[];
  /** The tree itself. */
  readonly tree?: string;
}

export async function bootSystemdHost({
  stateDirectory = "",
  layers = [],
  devices = "container",
  tree = REFERENCE_TREE,
}: Furnishing = {}): Promise<SystemdHost> {
  const trees = [...layers.map((name) => `${tree}-${name}`), tree];
  for (const layer of trees) {
    if (!existsSync(layer)) throw new Error(`no systemd to compare with: make ${layer} with tools/setup.sh test`);
  }
  const keeper = spawn("sh", [join(import.meta.dirname, "bootSystemd.sh"), trees.join(":"), stateDirectory, devices], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const gone = new Promise<void>((resolve) => keeper.once("close", () => resolve()));
  const stop = (): Promise<void> => {
    keeper.stdin.end();
    return gone;
  };
  const line = await new Promise<string>((resolve) => {
    keeper.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    keeper.stdout.once("end", () => resolve(""));
  });
  const pid = Number(line.trim());
  if (!(pid > 0)) throw new Error("the reference systemd did not start");
  const reference = makeReference(pid, stop);
  try {
    await untilBooted(reference);
  } catch (error) {
    await stop();
    throw error;
  }
  return reference;
}

function makeReference(pid: number, stop: () => Promise<void>): SystemdHost {
  const root = `/proc/${pid}/root`;
  // systemd removes it when it is empty
  const cgroup = `${root}/sys/fs/cgroup/beside`;
  const enter = (command: readonly string[]): readonly [string, ...string[]] => {
    const namespaces = ["-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"];
    const inside = ["env", "-i", `PATH=${SEARCH_PATH}`, ...command];
    return [
      "sh",
      "-c",
      'for try in 1 2 3 4 5 6 7 8 9; do mkdir -p "${0%/*}" && { echo $$ >"$0"; } 2>/dev/null && break; done; exec "$@"',
      `${cgroup}/cgroup.procs`,
      "nsenter",
      "-t",
      `${pid}`,
      ...namespaces,
      ...inside,
    ];
  };
  const run = (command: readonly string[], options: RunOptions = {}): Run => {
    const [program, ...args] = enter(command);
    return result(
      spawnSync(program, args, {
        encoding: "utf8",
        input: options.input ?? "",
        timeout: (options.timeoutSeconds ?? 60) * 1000,
        killSignal: "SIGKILL",
        maxBuffer: 64 << 20,
      }),
    );
  };
  return { root, pid, run, enter, stop };
}

function result({ status, stdout, stderr, error }: SpawnSyncReturns<string>): Run {
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** Nothing happens of itself any more: no timer writes anything, and what comes later than the rest is there. */
function settle({ run }: SystemdHost): void {
  run(["systemctl", "stop", "*.timer"]);
  run(["systemctl", "start", "run-lock.mount"]);
}

async function untilBooted(reference: SystemdHost): Promise<void> {
  const deadline = Date.now() + BOOT_SECONDS * 1000;
  for (;;) {
    const state = reference.run(["systemctl", "is-system-running", "--wait"]).stdout.trim();
    if (state === "running" || state === "degraded") return settle(reference);
    if (Date.now() > deadline) throw new Error(`the reference systemd did not come up in ${BOOT_SECONDS} s: ${state}`);
    await wait(20);
  }
}
