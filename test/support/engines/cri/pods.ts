import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { TestHost } from "../../hosts/testHost.ts";
import { loadImage, runtimePath, startDaemon } from "../engines.ts";
import { IMAGE, writeImage } from "../image.ts";
import { type Client, connect } from "./client.ts";

/** A pod as its author writes it, as far as the tests need it. */
export interface PodWish {
  readonly namespace?: string;
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly handler?: string;
}

export interface ContainerWish {
  readonly name?: string;
  readonly script?: string;
  readonly mounts?: readonly {
    readonly container_path: string;
    readonly host_path: string;
    readonly readonly?: boolean;
  }[];
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly groups?: readonly number[];
  readonly readOnlyRoot?: boolean;
  readonly attempt?: number;
}

export interface Status {
  readonly state: string;
  readonly exit_code: number;
  readonly reason: string;
  readonly message: string;
}

/** What the kubelet does with one node. */
export interface Node {
  readonly client: Client;
  runPod(wish?: PodWish): Promise<RunningPod>;
  /** Those that a failed test has left. */
  removePods(): Promise<void>;
  close(): void;
}

export interface RunningPod {
  readonly id: string;
  /** Creates and starts; rejects with what `kubectl describe` shows. */
  start(wish?: ContainerWish): Promise<RunningContainer>;
  create(wish?: ContainerWish): Promise<RunningContainer>;
  remove(): Promise<void>;
}

export interface RunningContainer {
  readonly id: string;
  start(): Promise<void>;
  exec(...command: readonly string[]): Promise<string>;
  status(): Promise<Status>;
  /** Of a script that comes to its end. */
  output(): Promise<string>;
  remove(): Promise<void>;
}

/** containerd with its CRI plugin, and our two runtimes as its handlers `dynuser` (crun) and `dynuser-runc`. */
export function startNode(testHost: TestHost): Promise<Node> {
  const handlers = { dynuser: runtimePath("crun"), "dynuser-runc": runtimePath("runc") };
  return startContainerd(testHost, writeConfiguration(testHost, handlers));
}

/** The configuration of such a containerd, with these handlers alone. */
export function writeConfiguration({ directory }: TestHost, handlers: Readonly<Record<string, string>> = {}): string {
  const configuration = join(directory, "containerd.toml");
  writeFileSync(configuration, configurationOf(directory, { runc: "runc", ...handlers }));
  return configuration;
}

export async function startContainerd(testHost: TestHost, configuration: string): Promise<Node> {
  const socket = socketIn(testHost.directory);
  mkdirSync(join(testHost.directory, "cni"), { recursive: true });
  startDaemon(testHost, `containerd -c ${configuration}`, `ctr -a ${socket} version`);
  const ctr = (args: readonly string[]) => testHost.run(["ctr", "-a", socket, "-n", "k8s.io", ...args]);
  loadImage(ctr, testHost.directory, ["image", "import"]);
  const pause = join(testHost.directory, "pause.tar");
  writeImage(pause, { name: PAUSE, command: ["/bin/tail", "-f", "/dev/null"] });
  ctr(["image", "import", pause]);
  const client = connect(socket);
  await client.call("Version", {});
  let count = 0;
  const pods = new Set<RunningPod>();
  return {
    client,
    runPod: async (wish = {}) => {
      const pod = await runPod(client, testHost, { name: `pod-${++count}`, ...wish });
      pods.add(pod);
      return { ...pod, remove: () => pod.remove().finally(() => pods.delete(pod)) };
    },
    removePods: async () => {
      for (const pod of pods) await pod.remove();
      pods.clear();
    },
    close: () => client.close(),
  };
}

const PAUSE = "localhost/pause:latest";

function socketIn(directory: string): string {
  return join(directory, "containerd.sock");
}

function configurationOf(directory: string, handlers: Readonly<Record<string, string>>): string {
  const runtime = (name: string, path: string) => `
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}]
runtime_type = "io.containerd.runc.v2"
pod_annotations = ["dynuser/*"]
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]
BinaryName = "${path}"
`;
  return `version = 2
[grpc]
address = "${socketIn(directory)}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${directory}/cni"
${Object.entries(handlers)
  .map(([name, path]) => runtime(name, path))
  .join("")}`;
}

async function runPod(
  client: Client,
  testHost: TestHost,
  wish: PodWish & { readonly name: string },
): Promise<RunningPod> {
  const { namespace = "default", name, annotations = {}, handler = "dynuser" } = wish;
  const log_directory = join(testHost.directory, "logs", namespace, name);
  mkdirSync(log_directory, { recursive: true });
  const config = {
    metadata: { name, namespace, uid: `${namespace}-${name}`, attempt: 0 },
    log_directory,
    annotations,
    linux: { cgroup_parent: "/kubepods", security_context: { namespace_options: { network: "NODE" } } },
  };
  const { pod_sandbox_id: id } = await client.call<{ pod_sandbox_id: string }>("RunPodSandbox", {
    config,
    runtime_handler: handler,
  });
  const create = (container: ContainerWish = {}) => createContainer(client, { id, config }, container);
  return {
    id,
    create,
    start: async (container) => {
      const made = await create(container);
      await made.start();
      return made;
    },
    remove: async () => {
      await insisting(() => client.call("StopPodSandbox", { pod_sandbox_id: id }));
      await client.call("RemovePodSandbox", { pod_sandbox_id: id });
    },
  };
}

/** containerd 1.6 cannot stop what is about to end by itself; the kubelet asks again then. */
async function insisting(stop: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await stop();
      return;
    } catch (error) {
      if (attempt === 20 || !String(error).includes("ttrpc: closed")) throw error;
      await setTimeout(50);
    }
  }
}

interface Sandbox {
  readonly id: string;
  readonly config: { readonly log_directory: string };
}

async function createContainer(
  client: Client,
  { id, config }: Sandbox,
  wish: ContainerWish,
): Promise<RunningContainer> {
  const { name = "main", script = "sleep 1000", mounts = [], attempt = 0 } = wish;
  const log = `${name}-${randomUUID()}.log`;
  const request = {
    pod_sandbox_id: id,
    sandbox_config: config,
    config: {
      metadata: { name, attempt },
      image: { image: IMAGE },
      command: ["/bin/sh", "-c", `${script}\necho ${END}`],
      mounts,
      log_path: log,
      linux: { security_context: securityOf(wish) },
    },
  };
  const { container_id } = await client.call<{ container_id: string }>("CreateContainer", request);
  const status = async () => (await client.call<{ status: Status }>("ContainerStatus", { container_id })).status;
  return {
    id: container_id,
    status,
    start: async () => void (await client.call("StartContainer", { container_id })),
    exec: async (...cmd) => {
      const { stdout, stderr, exit_code } = await client.call<Executed>("ExecSync", { container_id, cmd, timeout: 30 });
      return exit_code === 0 ? stdout.toString() : `${stdout}${stderr}exit ${exit_code}`;
    },
    output: () => readLog(join(config.log_directory, log)),
    remove: async () => {
      await insisting(() => client.call("StopContainer", { container_id, timeout: 0 }));
      await client.call("RemoveContainer", { container_id });
    },
  };
}

interface Executed {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exit_code: number;
}

function securityOf({ runAsUser, runAsGroup, groups = [], readOnlyRoot = false }: ContainerWish) {
  return {
    namespace_options: { network: "NODE", pid: "CONTAINER" },
    ...(runAsUser === undefined ? {} : { run_as_user: { value: runAsUser } }),
    ...(runAsGroup === undefined ? {} : { run_as_group: { value: runAsGroup } }),
    supplemental_groups: groups,
    readonly_rootfs: readOnlyRoot,
  };
}

const END = "-- end of the script --";

/** Lines of a log of the CRI, `TIME stdout F text`; containerd may still write when the container has gone. */
async function readLog(path: string): Promise<string> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await setTimeout(10)) {
    const text = readFileSync(path, "utf8").replaceAll(/^\S+ std(?:out|err) [FP] /gm, "");
    if (text.includes(END)) return text.slice(0, text.indexOf(END));
  }
  throw new Error(`the script did not come to its end: ${readFileSync(path, "utf8")}`);
}
