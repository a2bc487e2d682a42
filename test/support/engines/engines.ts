import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DIST, DYNUSER } from "../hosts/dynuser.ts";
import type { Result, RunOptions, TestHost } from "../hosts/testHost.ts";
import { writeImage } from "./image.ts";

/** The engine as a person at a terminal uses it. */
export type Engine = (args: readonly string[], options?: RunOptions) => Result;

/** What `npm run build` leaves: the runtime under the name of the low-level one. */
export function runtimePath(name: "crun" | "runc"): string {
  return join(DIST, "libexec", name);
}

/** What most containers of these tests ask for. */
export const ASKING = ["DynamicUser=yes", "StateDirectory=web", "Name=web"].flatMap((one) => [
  "--annotation",
  `dynuser/${one}`,
]);

/** Limits above the machine's own would stop both runtimes where root has no CAP_SYS_RESOURCE. */
const CONTAINERS_CONF = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/** The administrator lets podman's containers have directories, also those of a podman that copies annotations of images. */
export function configurePodman({ sh }: TestHost): void {
  const text = "engines: { podman: { directories: own } }";
  sh(`rm -rf /etc/dynuser; mkdir /etc/dynuser; echo '${text}' >/etc/dynuser/config.yaml`);
}

/** podman 5 warns of cgroup v1 in every call, which is what this machine has. */
export const QUIET = "PODMAN_IGNORE_CGROUPSV1_WARNING=1";

/** podman with its own storage and configuration, and the busybox image loaded. */
export function startPodman(testHost: TestHost): Engine {
  const { directory, run } = testHost;
  const home = join(directory, "podman");
  mkdirSync(home);
  writeFileSync(join(home, "containers.conf"), CONTAINERS_CONF);
  writeFileSync(
    join(home, "storage.conf"),
    `[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n`,
  );
  configurePodman(testHost);
  const podman: Engine = (args, options) => run(podmanCommand(testHost, args), options);
  loadImage(podman, directory, ["load", "-q", "-i"]);
  return podman;
}

/** What `startPodman` runs. */
export function podmanCommand({ directory }: TestHost, args: readonly string[]): readonly string[] {
  const home = join(directory, "podman");
  const env = [QUIET, `CONTAINERS_CONF=${home}/containers.conf`, `CONTAINERS_STORAGE_CONF=${home}/storage.conf`];
  return ["env", ...env, "podman", ...args];
}

const ROOT = join(import.meta.dirname, "../../..");

/** The hooks as they are shipped, with what this tree has built: a directory for --hooks-dir. */
export function writeHooks({ directory }: TestHost, call = join(DIST, "libexec/call")): string {
  const place = mkdtempSync(join(directory, "hooks.d-"));
  chmodSync(place, 0o755);
  for (const name of readdirSync(join(ROOT, "hooks"))) {
    const text = readFileSync(join(ROOT, "hooks", name), "utf8");
    writeFileSync(join(place, name), text.replace("/usr/libexec/dynuser/call", call));
  }
  return place;
}

/** podman of an unprivileged user with 65,536 subordinate IDs. */
export function startRootlessPodman(testHost: TestHost): Engine {
  const { directory, run, sh } = testHost;
  configurePodman(testHost);
  const home = join(directory, "rootless");
  const name = "tester";
  const made = sh(`
    chmod 755 ${directory}
    useradd --uid 4242 --user-group --home-dir ${home} --create-home ${name}
    grep -q ^${name}: /etc/subuid || usermod --add-subuids 200000-265535 --add-subgids 200000-265535 ${name}
    mkdir -p -m 755 /run/user; mkdir -m 700 /run/user/4242; chown ${name}:${name} /run/user/4242`);
  if (made.status !== 0) throw new Error(`cannot add a user: ${made.stderr}`);
  writeFileSync(join(home, "containers.conf"), CONTAINERS_CONF);
  writeFileSync(
    join(home, "storage.conf"),
    `[storage]\ndriver = "vfs"\nrunroot = "/run/user/4242/containers"\ngraphroot = "${home}/storage"\n`,
  );
  const podman: Engine = (args, options) => run(rootlessPodmanCommand(testHost, args), { cwd: home, ...options });
  loadImage(podman, directory, ["load", "-q", "-i"]);
  return podman;
}

/** What `startRootlessPodman` runs. */
export function rootlessPodmanCommand({ directory }: TestHost, args: readonly string[]): readonly string[] {
  const home = join(directory, "rootless");
  const env = [
    QUIET,
    `HOME=${home}`,
    "XDG_RUNTIME_DIR=/run/user/4242",
    `CONTAINERS_CONF=${home}/containers.conf`,
    `CONTAINERS_STORAGE_CONF=${home}/storage.conf`,
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
  ];
  const drop = ["setpriv", "--reuid", "4242", "--regid", "4242", "--init-groups", "env", "-i", ...env];
  return [...drop, "podman", ...args];
}

const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/** `ctr` with its own containerd. */
export function startContainerd(testHost: TestHost): Engine {
  const configuration = join(testHost.directory, "containerd.toml");
  writeFileSync(configuration, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  startDaemon(testHost, `containerd -c ${configuration}`, `ctr version`);
  const ctr: Engine = (args, options) => testHost.run(["ctr", "-a", CONTAINERD_SOCKET, ...args], options);
  loadImage(ctr, testHost.directory, ["image", "import"]);
  return ctr;
}

/** docker with its own daemon, which knows dynuser's runtimes as `dynuser-crun` and `dynuser-runc`, or what a file says. */
export function startDocker(testHost: TestHost, example?: string): Engine {
  const configuration = join(testHost.directory, "daemon.json");
  const runtimes = { "dynuser-crun": { path: runtimePath("crun") }, "dynuser-runc": { path: runtimePath("runc") } };
  const off = { iptables: false, ip6tables: false, bridge: "none" };
  const asked = example === undefined ? { runtimes } : JSON.parse(readFileSync(example, "utf8"));
  writeFileSync(configuration, JSON.stringify({ ...off, "storage-driver": "overlay2", ...asked }));
  const docker: Engine = (args, options) => testHost.run(["/usr/bin/docker", ...args], options);
  startDaemon(testHost, `dockerd --config-file ${configuration}`, `/usr/bin/docker version`);
  loadImage(docker, testHost.directory, ["load", "-q", "-i"]);
  return docker;
}

/** A dynuser that stands by. */
export function startStandby(testHost: TestHost, program = DYNUSER): void {
  const isNew = `(set -- ${DESKS}/*; name=\${1##*/}; [ $# = 1 ] && kill -0 "\${name%-*}")`;
  startDaemon(testHost, `${program} standby`, isNew);
}

const DESKS = "/run/dynuser/standby";

/** How many calls it has answered, or left unanswered: slots are numbered. */
export function standbyCalls({ sh }: TestHost): number {
  // the next slot is there soon after an answer, and the answered one for a moment
  const { stdout } = sh(`i=0
    until [ $i = 1000 ]; do
      i=$((i + 1))
      for slot in ${DESKS}/*; do [ ! -e $slot/line ] || [ -e $slot/taken ] || break 2; done
    done
    ls ${DESKS}`);
  return (
    Math.max(
      ...stdout
        .trim()
        .split(/\s+/)
        .map((name) => Number(name.split("-")[1])),
    ) - 1
  );
}

/** Until it answers, or has had half a minute. */
export function startDaemon({ sh, directory }: TestHost, command: string, question: string): void {
  const log = join(directory, "daemon.log");
  const script = `
    ${command} >${log} 2>&1 </dev/null & daemon=$!
    for i in $(seq 300); do
      ${question} >/dev/null 2>&1 && exit 0
      kill -0 $daemon 2>/dev/null || break
      sleep 0.1
    done
    tail -n 20 ${log} >&2; exit 1`;
  const { status, stderr } = sh(script);
  if (status !== 0) throw new Error(`cannot start ${command}: ${stderr}`);
}

export function loadImage(engine: Engine, directory: string, args: readonly string[]): void {
  const archive = join(directory, "image.tar");
  writeImage(archive);
  const { status, stderr } = engine([...args, archive]);
  if (status !== 0) throw new Error(`cannot load the image: ${stderr}`);
}

/** What containers have left in a test host that holds none any more; a UID at rest and the cache are no traces. */
export function tracesIn({ sh }: TestHost, own = "/run/dynuser"): readonly string[] {
  const isRoots = own === "/run/dynuser";
  const { stdout } = sh(`
    offset=0; ${isRoots ? "" : "offset=$(awk -F: '$1 == \"tester\" { print $2 - 1 }' /etc/subuid)"}
    find ${own} -mindepth 2 -not -path '${own}/cache*' -not -path '${own}/uids/*' -not -path '${own}/inaccessible*' -not -path '${own}/ledger*' -not -path '${own}/standby*' 2>/dev/null
    find /run/userdb /run/systemd/dynamic-uid /run/private ${dirname(own)}/private -mindepth 1 2>/dev/null
    find /dev/null ! -user root
    for status in /proc/[0-9]*/status; do
      awk -v offset=$offset '/^Uid:/ && $2 - offset >= 61184 && $2 - offset <= 65519 { print FILENAME ": UID " $2 }' $status 2>/dev/null
    done`);
  return stdout.split("\n").filter(Boolean);
}
