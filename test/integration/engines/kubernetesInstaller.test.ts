import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Node, startContainerd, writeConfiguration } from "../../support/engines/cri/pods.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  node: Node;
  before: string;
}

const PROJECT = join(import.meta.dirname, "../../..");
const MAIN = "/etc/containerd/config.toml";

const installer = suite<Stage>("the installer of examples/kubernetes");

installer.before(async (stage) => {
  const testHost = await openTestHost();
  const written = writeConfiguration(testHost);
  // A node: a copy of this machine's /etc, a private /opt, and its root where the DaemonSet mounts it.
  testHost.sh(`mount -t tmpfs tmpfs /opt; mkdir ${testHost.directory}/host; mount --rbind / ${testHost.directory}/host
    mkdir -p /etc/containerd; cp ${written} ${MAIN}`);
  mkdirSync(join(testHost.directory, "bin"));
  // There is no API server: the calls of the script are recorded.
  writeFileSync(join(testHost.directory, "bin/kubectl"), `#!/bin/sh\necho "$*" >>${testHost.directory}/asked\n`, {
    mode: 0o755,
  });
  writeFileSync(
    join(testHost.directory, "restart"),
    `kill $(pidof containerd); while pidof containerd >/dev/null; do sleep 0.05; done
     containerd -c ${MAIN} >>${testHost.directory}/daemon.log 2>&1 </dev/null &
     until ctr -a ${testHost.directory}/containerd.sock version >/dev/null 2>&1; do sleep 0.05; done\n`,
  );
  Object.assign(stage, {
    testHost,
    before: readFileSync(written, "utf8"),
    node: await startContainerd(testHost, MAIN),
  });
});
installer.after(async ({ testHost, node }) => {
  node.close();
  await testHost.close();
});

function environment({ directory }: TestHost): Readonly<Record<string, string>> {
  return {
    PATH: `${directory}/bin:${process.env["PATH"]}`,
    HOST: `${directory}/host`,
    SOURCE: join(PROJECT, "dist"),
    SCRIPTS: join(PROJECT, "examples/kubernetes"),
    NODE_NAME: "node-1",
    RUNTIME: "crun",
    RESTART: `sh ${directory}/restart`,
    READY: `${directory}/ready`,
  };
}

const SCRIPT = join(PROJECT, "examples/kubernetes/install.sh");
const call = (testHost: TestHost, action: string) =>
  testHost.run(["sh", SCRIPT, action], { env: environment(testHost) });
/** `stay` and `uninstall` end with their pod: by SIGTERM, once they are ready. */
const callAsPod = (testHost: TestHost, action: string) =>
  testHost.sh(
    `rm -f $READY; sh ${SCRIPT} >${testHost.directory}/log 2>&1 & installer=$!
     for i in $(seq 300); do [ -e $READY ] && break; kill -0 $installer 2>/dev/null || break; sleep 0.1; done
     kill -TERM $installer; wait $installer; echo "ended with $?"`,
    { env: { ...environment(testHost), ACTION: action } },
  );
const asked = ({ directory }: TestHost) => readFileSync(join(directory, "asked"), "utf8");

installer("installs, configures, restarts the engine and labels the node", async ({ testHost, node }) => {
  const { status, stderr } = call(testHost, "install");
  assert.is(status, 0, stderr);
  assert.is(asked(testHost), "label --overwrite node node-1 dynuser/ready=yes\n");
  assert.is(
    testHost.sh("ls -A /opt/dynuser /opt/dynuser/libexec").stdout,
    "/opt/dynuser:\ndynuser\nlibexec\n\n/opt/dynuser/libexec:\ncrun\nrunc\n",
  );
  const pod = await node.runPod({ namespace: "shop", name: "web" });
  assert.is(await (await pod.start()).exec("whoami"), "shop_web_main\n");
  await pod.remove();
});

installer("a second install changes nothing, and keeps files that the administrator has changed", ({ testHost }) => {
  testHost.sh("echo '# mine' >>/etc/dynuser/config.yaml");
  const { stdout } = call(testHost, "install");
  assert.match(stdout, "nothing to change\n");
  assert.is(testHost.sh("tail -n 1 /etc/dynuser/config.yaml").stdout, "# mine\n");
});

installer("uninstall is refused while a container uses the runtime", async ({ testHost, node }) => {
  const pod = await node.runPod({ name: "web" });
  await pod.start();
  const { status, stderr } = call(testHost, "uninstall");
  assert.is(status, 1);
  assert.match(stderr, /cannot unregister dynuser: found 2 containers/);
  assert.is(testHost.sh("test -x /opt/dynuser/libexec/crun").status, 0);
  await pod.remove();
});

installer("the end of the installer's pod changes nothing on the node", async ({ testHost, node }) => {
  writeFileSync(join(testHost.directory, "asked"), "");
  assert.is(callAsPod(testHost, "stay").stdout, "ended with 0\n");
  assert.is(testHost.sh("test -x /opt/dynuser/libexec/crun").status, 0);
  const pod = await node.runPod({ namespace: "shop", name: "web" });
  assert.is(await (await pod.start()).exec("whoami"), "shop_web_main\n");
  await pod.remove();
  assert.not.match(asked(testHost), /ready-/);
});

installer(
  "ACTION=uninstall removes everything but files that the administrator has changed",
  ({ testHost, before }) => {
    const { stdout } = callAsPod(testHost, "uninstall");
    assert.is(stdout, "ended with 0\n", readFileSync(join(testHost.directory, "log"), "utf8"));
    assert.match(asked(testHost), /label node node-1 dynuser\/ready-\n$/);
    assert.is(testHost.sh(`cat ${MAIN}`).stdout, before);
    assert.is(
      testHost.sh(`ls ${MAIN}.before-dynuser /opt/dynuser 2>/dev/null; find /etc/dynuser -type f`).stdout,
      "/etc/dynuser/config.yaml\n",
    );
  },
);

installer("where k3s writes the configuration, the installer waits for its administrator", ({ testHost }) => {
  const generated = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml";
  testHost.sh(`rm -f ${MAIN}; mkdir -p ${generated.replace(/\/[^/]*$/, "")}
    echo '# File generated by k3s. DO NOT EDIT.\nversion = 2' >${generated}`);
  const refused = call(testHost, "install");
  assert.is(refused.status, 1);
  assert.match(refused.stderr, /k3s writes containerd's configuration itself[\s\S]*config-v3\.toml\.tmpl/);
  testHost.sh(`cat >>${generated}`, { input: refused.stdout });
  writeFileSync(join(testHost.directory, "asked"), "");
  const { status, stdout, stderr } = call(testHost, "install");
  assert.is(status, 0, stderr);
  assert.match(stdout, "nothing to change\n");
  assert.is(asked(testHost), "label --overwrite node node-1 dynuser/ready=yes\n");
});

installer("a link in /etc/dynuser/runtimes names the low-level runtime", ({ testHost }) => {
  testHost.sh("mkdir -p /etc/dynuser/runtimes; ln -s /bin/echo /etc/dynuser/runtimes/crun");
  assert.is(testHost.run([join(PROJECT, "dist/libexec/crun"), "list"]).stdout, "list\n");
});

installer.run();
