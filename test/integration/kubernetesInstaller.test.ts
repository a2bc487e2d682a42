import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Node, startContainerd, writeConfiguration } from "../support/cri/pods.ts";
import { openWorld, type World } from "../support/world.ts";

interface Stage {
  world: World;
  node: Node;
  before: string;
}

const PROJECT = join(import.meta.dirname, "../..");
const MAIN = "/etc/containerd/config.toml";

const installer = suite<Stage>("the installer of examples/kubernetes");

installer.before(async (stage) => {
  const world = await openWorld();
  const written = writeConfiguration(world);
  // A node: a copy of this machine's /etc, an /opt of its own, and its root where the DaemonSet mounts it.
  world.sh(`mount -t tmpfs tmpfs /opt; mkdir ${world.directory}/host; mount --rbind / ${world.directory}/host
    mkdir -p /etc/containerd; cp ${written} ${MAIN}`);
  mkdirSync(join(world.directory, "bin"));
  // There is no API server: what the script asks of it is put down, and answered from a file.
  writeFileSync(
    join(world.directory, "bin/kubectl"),
    `#!/bin/sh\necho "$*" >>${world.directory}/asked\ncase $* in *get*) cat ${world.directory}/answer; ! grep -q '^Error\\|^Unable' ${world.directory}/answer ;; esac\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(world.directory, "answer"), "");
  writeFileSync(
    join(world.directory, "restart"),
    `kill $(pidof containerd); while pidof containerd >/dev/null; do sleep 0.05; done
     containerd -c ${MAIN} >>${world.directory}/daemon.log 2>&1 </dev/null &
     until ctr -a ${world.directory}/containerd.sock version >/dev/null 2>&1; do sleep 0.05; done\n`,
  );
  Object.assign(stage, { world, before: readFileSync(written, "utf8"), node: await startContainerd(world, MAIN) });
});
installer.after(async ({ world, node }) => {
  node.close();
  await world.close();
});

function environment({ directory }: World): Readonly<Record<string, string>> {
  return {
    PATH: `${directory}/bin:${process.env["PATH"]}`,
    HOST: `${directory}/host`,
    SOURCE: join(PROJECT, "dist"),
    SCRIPTS: join(PROJECT, "examples/kubernetes"),
    NODE_NAME: "node-1",
    RUNTIME: "crun",
    RESTART: `sh ${directory}/restart`,
  };
}

const call = (world: World, action: string) =>
  world.run(["sh", join(PROJECT, "examples/kubernetes/install.sh"), action], { env: environment(world) });
const asked = ({ directory }: World) => readFileSync(join(directory, "asked"), "utf8");

installer("installs, configures, restarts the engine and labels the node", async ({ world, node }) => {
  const { status, stderr } = call(world, "install");
  assert.is(status, 0, stderr);
  assert.is(asked(world), "label --overwrite node node-1 dynuser/ready=yes\n");
  assert.is(
    world.sh("ls -A /opt/dynuser /opt/dynuser/libexec").stdout,
    "/opt/dynuser:\ndynuser\nlibexec\n\n/opt/dynuser/libexec:\ncrun\nrunc\n",
  );
  const pod = await node.runPod({ namespace: "shop", name: "web" });
  assert.is(await (await pod.start()).exec("whoami"), "shop_web_main\n");
  await pod.remove();
});

installer("a second time it changes nothing, and keeps what the administrator has written", ({ world }) => {
  world.sh("echo '# mine' >>/etc/dynuser/config.yaml");
  const { stdout } = call(world, "install");
  assert.match(stdout, "nothing to change\n");
  assert.is(world.sh("tail -n 1 /etc/dynuser/config.yaml").stdout, "# mine\n");
});

installer("leaves everything while a container needs it", async ({ world, node }) => {
  const pod = await node.runPod({ name: "web" });
  await pod.start();
  const { status, stderr } = call(world, "remove");
  assert.is(status, 1);
  assert.match(stderr, /cannot take dynuser from the engine: found 2 containers/);
  assert.is(world.sh("test -x /opt/dynuser/libexec/crun").status, 0);
  await pod.remove();
});

installer("removes everything but what the administrator has written", ({ world, before }) => {
  const { status, stderr } = call(world, "remove");
  assert.is(status, 0, stderr);
  assert.match(asked(world), /label node node-1 dynuser\/ready-\n$/);
  assert.is(world.sh(`cat ${MAIN}`).stdout, before);
  assert.is(
    world.sh(`ls ${MAIN}.before-dynuser /opt/dynuser 2>/dev/null; find /etc/dynuser -type f`).stdout,
    "/etc/dynuser/config.yaml\n",
  );
});

const ENDS = {
  "an update": { answer: "", remains: true },
  "its deletion": { answer: "2026-01-01T00:00:00Z", remains: false },
  "a deletion with its rights": {
    answer: "Error from server (Forbidden): daemonsets.apps is forbidden",
    remains: false,
  },
  "an API server that is away": { answer: "Unable to connect to the server", remains: true },
} as const;

for (const [what, { answer, remains }] of Object.entries(ENDS)) {
  installer(`at the end of its pod by ${what} the node ${remains ? "stays as it is" : "is as before"}`, ({ world }) => {
    writeFileSync(join(world.directory, "asked"), "");
    writeFileSync(join(world.directory, "answer"), answer);
    const script = join(PROJECT, "examples/kubernetes/install.sh");
    const { stderr, stdout } = world.sh(
      `sh ${script} stay >${world.directory}/log 2>&1 & installer=$!
       for i in $(seq 300); do grep -q ready=yes ${world.directory}/asked && break; sleep 0.1; done
       sleep 0.5 & wait $!; kill -TERM $installer; wait $installer; echo "ended with $?"`,
      { env: environment(world) },
    );
    assert.is(stdout, "ended with 0\n", stderr + readFileSync(join(world.directory, "log"), "utf8"));
    assert.is(world.sh("test -e /opt/dynuser").status, remains ? 0 : 1);
  });
}

installer.run();
