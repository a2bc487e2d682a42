import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHost } from "../hosts/testHost.ts";
import { runtimePath } from "./engines.ts";

/** Bundles for many containers, which are created by the runtime of the product. */
export interface Load {
  /** Creates and starts a container of each number, a few at once; what failed. */
  start(numbers: readonly number[]): Promise<readonly string[]>;
  /** Kills and deletes them. */
  stop(numbers: readonly number[]): Promise<readonly string[]>;
  /** Milliseconds of every `dynuser prepare` since the last time that was asked. */
  prepareTimes(): readonly number[];
}

/** As many as the machine has processors do not wait for each other. */
const AT_ONCE = 4;

/** A busybox that sleeps, with its own user and state directory, in the host's network and without a cgroup namespace. */
export function openLoad(testHost: TestHost): Load {
  const place = join(testHost.directory, "load");
  mkdirSync(`${place}/rootfs/bin`, { recursive: true });
  copyFileSync("/bin/busybox", `${place}/rootfs/bin/sleep`);
  for (const path of ["proc", "dev", "sys", "run", "tmp", "var/lib", "etc"])
    mkdirSync(`${place}/rootfs/${path}`, { recursive: true });
  const runtime = timedRuntime(place);
  const crun = (...args: readonly string[]) => [runtime, "--root", `${place}/state`, ...args];
  const inTestHost = (argv: readonly string[]) => call(["nsenter", ...testHost.enter, "--", ...argv]);
  return {
    start: (numbers) =>
      each(numbers, async (number) => {
        const bundle = makeBundle(place, number);
        return (
          (await inTestHost(crun("create", "--bundle", bundle, `c${number}`))) ??
          (await inTestHost(crun("start", `c${number}`)))
        );
      }),
    stop: (numbers) => each(numbers, (number) => inTestHost(crun("delete", "--force", `c${number}`))),
    prepareTimes: () => {
      const lines = readFileSync(`${place}/times`, "utf8").trim().split("\n");
      writeFileSync(`${place}/times`, "");
      return lines.map(Number).sort((a, b) => a - b);
    },
  };
}

const PREPARE = '    words=$(start prepare --runtime "$runtime" -- "$@")\n    status=$?\n';

/** The product's runtime, which notes how long `prepare` takes. */
function timedRuntime(place: string): string {
  const text = readFileSync(runtimePath("crun"), "utf8");
  const now = "/bin/date +%s%N";
  const timed = `  begin=$(${now})\n${PREPARE}  echo $((($(${now}) - begin) / 1000000)) >>${place}/times\n`;
  if (!text.includes(PREPARE)) throw new Error("the runtime prepares in other words than expected");
  mkdirSync(`${place}/dist/libexec`, { recursive: true });
  symlinkSync(join(runtimePath("crun"), "../../dynuser"), `${place}/dist/dynuser`);
  writeFileSync(
    `${place}/dist/libexec/crun`,
    text.replace(PREPARE, () => timed),
    { mode: 0o755 },
  );
  return `${place}/dist/libexec/crun`;
}

function makeBundle(place: string, number: number): string {
  const bundle = `${place}/bundles/${number}`;
  mkdirSync(bundle, { recursive: true });
  const config = {
    ociVersion: "1.0.2",
    process: { args: ["/bin/sleep", "100000"], cwd: "/", user: { uid: 0, gid: 0 }, env: ["PATH=/bin"] },
    root: { path: `${place}/rootfs` },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"] },
    ],
    annotations: { "dynuser/DynamicUser": "yes", "dynuser/User": `load${number}`, "dynuser/StateDirectory": "load" },
    linux: {
      namespaces: ["mount", "pid", "ipc", "uts"].map((type) => ({ type })),
      cgroupsPath: `/dynuser-load/c${number}`,
    },
  };
  writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
  return bundle;
}

/** What failed, in no order. */
async function each(numbers: readonly number[], act: (number: number) => Promise<string | undefined>) {
  const queue = numbers.values();
  const failures: string[] = [];
  const work = async () => {
    for (const number of queue) {
      const failure = await act(number);
      if (failure !== undefined) failures.push(`${number}: ${failure}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

/** Undefined when it succeeds, otherwise what it says. A container keeps the streams that its runtime has. */
function call(argv: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk));
    child.on("exit", (code) => {
      child.stderr.destroy();
      resolve(code === 0 ? undefined : `ended with ${code}: ${text}`);
    });
  });
}
