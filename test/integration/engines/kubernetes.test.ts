import { chmodSync, chownSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hashOfName } from "../../../src/identity/name.ts";
import { type Node, startNode } from "../../support/engines/cri/pods.ts";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { makeRootfs } from "../../support/engines/image.ts";
import { has } from "../../support/engines/versionLimits.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  node: Node;
}

const kubernetes = suite<Stage>("kubernetes");

kubernetes.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.node = await startNode(stage.testHost);
});
kubernetes.after.each(async ({ testHost, node }) => {
  await node.removePods();
  assert.equal(
    [...tracesIn(testHost), ...testHost.sh("find /run/dynuser-pods -mindepth 1").stdout.split("\n")].filter(Boolean),
    [],
  );
  testHost.sh("rm -rf /etc/dynuser /var/lib/dynuser /var/lib/private/dynuser-pods/* /var/lib/dynuser-pods/*");
});
kubernetes.after(async ({ testHost, node }) => {
  node.close();
  await testHost.close();
});

const DYNAMIC = { "dynuser/DynamicUser": "yes" } as const;
const WITH_STATE = { ...DYNAMIC, "dynuser/StateDirectory": "web" } as const;
const HANDLERS = ["dynuser", "dynuser-runc"] as const;

for (const handler of HANDLERS) {
  kubernetes(`${handler}: a container has its own user, named after its namespace, pod and name`, async ({ node }) => {
    const pod = await node.runPod({ handler, namespace: "shop", name: "web", annotations: DYNAMIC });
    const [main, side] = [await pod.start({ name: "main" }), await pod.start({ name: "side" })];
    assert.match(
      await main.exec("id"),
      /^uid=(\d+)\(shop_web_main\) gid=\1\(shop_web_main\) groups=\1\(shop_web_main\)\n$/,
    );
    assert.is(await side.exec("whoami"), "shop_web_side\n");
    assert.not.equal(await main.exec("id", "-u"), await side.exec("id", "-u"));
    await pod.remove();
  });

  kubernetes(
    `${handler}: the next pod of a namespace finds the state, one of another namespace does not`,
    async ({ node }) => {
      const script =
        "cat $STATE_DIRECTORY/seen 2>/dev/null; echo $(whoami) >>$STATE_DIRECTORY/seen; echo $STATE_DIRECTORY";
      const visit = async (namespace: string, name: string) => {
        const pod = await node.runPod({ handler, namespace, name, annotations: WITH_STATE });
        const output = await (await pod.start({ script })).output();
        await pod.remove();
        return output;
      };
      assert.is(await visit("red", "a"), "/var/lib/web\n");
      assert.is(await visit("blue", "a"), "/var/lib/web\n");
      assert.is(await visit("red", "b"), "red_a_main\n/var/lib/web\n");
      assert.is(await visit("blue", "b"), "blue_a_main\n/var/lib/web\n");
    },
  );

  kubernetes(`${handler}: what else the pod asks for stays as Kubernetes has it`, async ({ node, testHost }) => {
    const volumes = join(testHost.directory, `volumes-${handler}`);
    const [configMap, token, empty] = ["config", "token", "empty"].map((name) => join(volumes, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [configMap, token, empty]) mkdirSync(path, { recursive: true });
    writeFileSync(join(configMap, "settings"), "colour=red\n");
    writeFileSync(join(token, "token"), "secret\n", { mode: 0o640 });
    // As the kubelet does it for fsGroup: 3000.
    chownSync(join(token, "token"), 0, 3000);
    chownSync(empty, 0, 3000);
    chmodSync(empty, 0o2775);
    const pod = await node.runPod({ handler, annotations: WITH_STATE });
    const container = await pod.start({
      runAsUser: 1000,
      runAsGroup: 1000,
      groups: [3000, 4000],
      readOnlyRoot: true,
      mounts: [
        { container_path: "/etc/settings", host_path: configMap, readonly: true },
        { container_path: "/var/run/secrets/token", host_path: token, readonly: true },
        { container_path: "/scratch", host_path: empty },
      ],
    });
    // The dynamic user wins over runAsUser, whose only sign in the config is a number that an image may have as well.
    assert.match(
      await container.exec("id"),
      /^uid=6\d{4}\(default_pod-\d+_main\) gid=6\d{4}\(\S+\) groups=3000,4000,6\d{4}\(\S+\)\n$/,
    );
    assert.is(
      await container.exec("cat", "/etc/settings/settings", "/var/run/secrets/token/token"),
      "colour=red\nsecret\n",
    );
    assert.match(await container.exec("sh", "-c", "echo x >/etc/settings/settings"), /Read-only file system/);
    assert.is(await container.exec("sh", "-c", "echo x >/scratch/f; echo y >/tmp/f; stat -c %g /scratch/f"), "3000\n");
    assert.match(await container.exec("touch", "/data/f"), /Read-only file system/);
    await pod.remove();
  });

  kubernetes(`${handler}: a volume where a StateDirectory belongs is that directory`, async ({ node, testHost }) => {
    const volume = join(testHost.directory, `claim-${handler}`);
    mkdirSync(join(volume, "old"), { recursive: true });
    writeFileSync(join(volume, "old/file"), "kept\n", { mode: 0o600 });
    chownSync(join(volume, "old/file"), 1234, 1234);
    chownSync(volume, 1234, 1234);
    const visit = async (name: string) => {
      // where the kubelet mounts a claim for a pod
      const mounted = `/var/lib/kubelet/pods/default-${name}/volumes/kubernetes.io~csi/claim/mount`;
      testHost.sh(`mkdir -p ${mounted}; mount --bind ${volume} ${mounted}`);
      const mounts = [{ container_path: "/var/lib/web", host_path: mounted }];
      const pod = await node.runPod({ handler, name, annotations: WITH_STATE });
      const script = `cat $STATE_DIRECTORY/old/file; cat $STATE_DIRECTORY/by* 2>/dev/null
        whoami >$STATE_DIRECTORY/by-$(whoami); stat -c %U $STATE_DIRECTORY $STATE_DIRECTORY/old/file`;
      const container = await pod.start({ script, mounts });
      const output = await container.output();
      const uid = lstatSync(join(volume, `by-default_${name}_main`)).uid;
      await pod.remove();
      testHost.sh(`umount ${mounted}; rm -rf /var/lib/kubelet`);
      return { output, uid };
    };
    const first = await visit("first");
    assert.is(first.output, "kept\ndefault_first_main\ndefault_first_main\n");
    const second = await visit("second");
    assert.is(second.output, "kept\ndefault_first_main\ndefault_second_main\ndefault_second_main\n");
    if (handler === "dynuser" || has(testHost, "runcMapsMounts")) assert.equal([first.uid, second.uid], [65534, 65534]);
    else assert.ok(first.uid >= 61184 && second.uid >= 61184 && first.uid !== second.uid);
    assert.not.ok(testHost.sh("ls /var/lib/private/dynuser-pods/default/web").status === 0);
  });

  kubernetes(
    `${handler}: a volume's group stays, so that fsGroup works in a StateDirectory`,
    async ({ node, testHost }) => {
      const volume = join(testHost.directory, `shared-${handler}`);
      mkdirSync(volume);
      chownSync(volume, 0, 3000);
      chmodSync(volume, 0o2775);
      const pod = await node.runPod({ handler, annotations: WITH_STATE });
      const mounts = [{ container_path: "/var/lib/web", host_path: volume }];
      const script = "cd /var/lib/web; touch f; stat -c '%u %g %a' . f | sed s/^$(id -u)/me/";
      assert.is(await (await pod.start({ script, mounts, groups: [3000] })).output(), "me 3000 2775\nme 3000 644\n");
      await pod.remove();
      assert.is(lstatSync(join(volume, "f")).gid, 3000);
    },
  );

  kubernetes(
    `${handler}: hostile annotations are refused where kubectl describe shows it`,
    async ({ node, testHost }) => {
      testHost.sh("mkdir -p /etc/dynuser/profiles; echo 'DynamicUser: yes' >/etc/dynuser/profiles/x.yaml");
      const refusals = {
        BindPaths: ["/:/host", "cannot take BindPaths= from an annotation: policy of kubernetes is tenant"],
        AmbientCapabilities: ["CAP_SYS_ADMIN", "cannot "],
        User: ["root", "cannot take User= from an annotation"],
        SupplementaryGroups: ["0", "cannot take SupplementaryGroups= from an annotation"],
        Profile: ["../../x", 'cannot read annotation "dynuser/Profile": found "../../x", expected 1 to 200 letters'],
        StateDirectory: ["../../etc", 'cannot read StateDirectory=: found "../../etc"'],
        NoSuch: ["yes", "cannot read NoSuch=: unknown to systemd 262"],
      } as const;
      for (const [name, [value, text]] of Object.entries(refusals)) {
        const pod = await node.runPod({ handler, annotations: { ...DYNAMIC, [`dynuser/${name}`]: value } });
        const container = await pod.create();
        const error = await container.start().then(() => "", String);
        const { reason, message, exit_code } = await container.status();
        assert.match(error, `OCI runtime create failed: dynuser: ${text}`);
        assert.match(message, `dynuser: ${text}`);
        assert.equal([reason, exit_code], ["StartError", 128]);
        await pod.remove();
      }
    },
  );
}

kubernetes("the same pod is the same user after a restart, a pod that names itself on every one", async ({ node }) => {
  const pod = await node.runPod({ name: "db-0", annotations: { ...DYNAMIC, "dynuser/Name": "db" } });
  const first = await pod.start();
  const user = await first.exec("id", "-un");
  const uid = await first.exec("id", "-u");
  await first.remove();
  const second = await pod.start({ attempt: 1 });
  assert.equal([await second.exec("id", "-un"), await second.exec("id", "-u")], [user, uid]);
  assert.is(user, "default_db_main\n");
  await pod.remove();
});

kubernetes("an annotation with a container's name speaks to this container", async ({ node }) => {
  const pod = await node.runPod({
    annotations: {
      ...DYNAMIC,
      "dynuser/main.StateDirectory": "web",
      "dynuser/side.Name": "helper",
      "dynuser/side.InaccessiblePaths": "/home",
    },
  });
  const [main, side] = [await pod.start({ name: "main" }), await pod.start({ name: "side" })];
  const script = "echo ${STATE_DIRECTORY-none}; stat -c %a /home; whoami";
  assert.match(await main.exec("sh", "-c", script), /^\/var\/lib\/web\n755\n/);
  assert.is(await side.exec("sh", "-c", script), "none\n0\ndefault_helper_side\n");
  await pod.remove();
});

kubernetes(
  "a pod that asks for nothing gets the profile of the configuration, or nothing at all",
  async ({ node, testHost }) => {
    const start = async () => {
      const pod = await node.runPod({ name: "plain", namespace: "any" });
      const user = await (await pod.start()).exec("id", "-un");
      await pod.remove();
      return user;
    };
    assert.is(await start(), "root\n");
    testHost.sh(`mkdir -p /etc/dynuser/profiles; echo 'DynamicUser: yes' >/etc/dynuser/profiles/pod.yaml
    echo 'engines: { kubernetes: { defaultProfile: pod } }' >/etc/dynuser/config.yaml`);
    assert.is(await start(), "any_plain_main\n");
  },
);

kubernetes("the sandbox passes as containerd has made it", async ({ node, testHost }) => {
  const pod = await node.runPod({ annotations: { ...DYNAMIC, "dynuser/Profile": "none" } });
  const bundle = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${pod.id}`;
  assert.is(testHost.sh(`ls ${bundle}/config.dynuser-original.json`).status, 2);
  assert.is(testHost.sh(`jq -c .process.user ${bundle}/config.json`).stdout, '{"uid":0,"gid":0}\n');
  await pod.remove();
});

kubernetes("a runtime directory is one container's and goes with it", async ({ node, testHost }) => {
  const annotations = { ...DYNAMIC, "dynuser/Name": "web", "dynuser/RuntimeDirectory": "web" };
  const [one, two] = [await node.runPod({ annotations, name: "one" }), await node.runPod({ annotations, name: "two" })];
  const first = await one.start({ script: "touch $RUNTIME_DIRECTORY/one; echo $RUNTIME_DIRECTORY; exec sleep 1000" });
  const second = await two.start();
  assert.is(await second.exec("sh", "-c", "echo $RUNTIME_DIRECTORY; ls $RUNTIME_DIRECTORY"), "/run/web\n");
  assert.is(await first.exec("ls", "/run/web"), "one\n");
  await one.remove();
  assert.is(testHost.sh("ls /run/dynuser-pods").stdout, "default_two_main\n");
  await two.remove();
});

kubernetes("whatever a pod calls its directory, it is none of the host's", async ({ node, testHost }) => {
  const before = testHost.sh("stat -c '%u %g %a %i' /var/lib/containerd").stdout;
  const pod = await node.runPod({
    namespace: "docker",
    annotations: { ...DYNAMIC, "dynuser/StateDirectory": "containerd" },
  });
  const container = await pod.start({ script: "ls -A $STATE_DIRECTORY; echo $STATE_DIRECTORY" });
  assert.is(await container.output(), "/var/lib/containerd\n");
  assert.is(testHost.sh("stat -c '%u %g %a %i' /var/lib/containerd").stdout, before);
  assert.is(testHost.sh("ls /var/lib/private/dynuser-pods/docker").stdout, "containerd\n");
  await pod.remove();
});

kubernetes("a policy of tighten leaves no directories either", async ({ node, testHost }) => {
  testHost.sh("mkdir -p /etc/dynuser; echo 'engines: { kubernetes: { policy: tighten } }' >/etc/dynuser/config.yaml");
  const pod = await node.runPod({ annotations: { "dynuser/StateDirectory": "web" } });
  const error = await pod.start().then(() => "", String);
  assert.match(error, "cannot take StateDirectory= from an annotation: policy of kubernetes is tighten");
  await pod.remove();
});

kubernetes("it is known whose a directory was and when it was used", async ({ node, testHost }) => {
  const pod = await node.runPod({ namespace: "shop", name: "web-0", annotations: WITH_STATE });
  const container = await pod.start();
  await pod.remove();
  const known = JSON.parse(testHost.sh("cat /var/lib/dynuser/directories/*").stdout);
  assert.equal(
    { ...known, key: "" },
    {
      path: "/var/lib/private/dynuser-pods/shop/web",
      directive: "StateDirectory",
      engine: "kubernetes",
      container: container.id,
      key: "",
      user: "shop_web-0_main",
      pod: { namespace: "shop", name: "web-0", container: "main" },
      service: "web-0@web-0",
    },
  );
});

kubernetes(
  "what no pod has used for longer than the retention goes, what is in use or kept indefinitely stays",
  async ({ node, testHost }) => {
    const gc = (...args: readonly string[]) => testHost.run([DYNUSER, "gc", ...args]).stdout;
    const use = async (namespace: string, keep: "keep" | "remove") => {
      const pod = await node.runPod({ namespace, annotations: WITH_STATE });
      await pod.start();
      if (keep === "remove") await pod.remove();
      return pod;
    };
    await use("old", "remove");
    const running = await use("running", "keep");
    testHost.sh("touch -d '40 days ago' /var/lib/dynuser/directories/*");
    assert.is(gc(), "");
    testHost.sh(
      "touch -d '40 days ago' /var/lib/dynuser/directories/*; mkdir -p /etc/dynuser; echo 'pods: { retention: 30d }' >/etc/dynuser/config.yaml",
    );
    assert.match(
      gc("--dry-run"),
      /^directory \/var\/lib\/private\/dynuser-pods\/old\/web: no container has used it since 20\S+Z\n$/,
    );
    gc();
    assert.is(
      testHost.sh("ls /var/lib/private/dynuser-pods/* /var/lib/dynuser-pods/*").stdout,
      "/var/lib/dynuser-pods/old:\n\n/var/lib/dynuser-pods/running:\nweb\n\n/var/lib/private/dynuser-pods/old:\n\n/var/lib/private/dynuser-pods/running:\nweb\n",
    );
    assert.is(gc("--dry-run"), "");
    await running.remove();
  },
);

kubernetes(
  "a volume that nodes share and nothing can map: refused, or for a user that all nodes agree on",
  async ({ node, testHost }) => {
    const [backing, volume] = [join(testHost.directory, "backing"), join(testHost.directory, "shared")];
    mkdirSync(backing);
    mkdirSync(volume);
    const mounted = testHost.sh(`bindfs ${backing} ${volume}`);
    assert.is(mounted.status, 0, mounted.stderr);
    const start = async (name: string) => {
      const pod = await node.runPod({ namespace: "shop", name, annotations: { ...WITH_STATE, "dynuser/Name": "web" } });
      const script = "id -u; touch $STATE_DIRECTORY/by-$(hostname 2>/dev/null || echo x); stat -c %u $STATE_DIRECTORY";
      const container = await pod.create({ script, mounts: [{ container_path: "/var/lib/web", host_path: volume }] });
      const result = await container.start().then(() => container.output(), String);
      await pod.remove();
      return result;
    };
    assert.match(
      await start("a"),
      `cannot take the volume "${volume}" for StateDirectory=: it is on a network file system that cannot be ID-mapped, expected fixedUids`,
    );
    testHost.sh("mkdir -p /etc/dynuser; echo 'pods: { fixedUids: 2000000000-2099999999 }' >/etc/dynuser/config.yaml");
    const uid = 2_000_000_000 + hashOfName("shop_web_main", 100_000_000);
    assert.is(await start("a"), `${uid}\n${uid}\n`);
    assert.is(await start("b"), `${uid}\n${uid}\n`);
    assert.is(lstatSync(backing).uid, uid);
    testHost.sh(`umount ${volume}`);
  },
);

kubernetes(
  "hostUsers: false composes: on disk the files belong to 65534, in the pod's user namespace to the container",
  ({ testHost }) => {
    const bundle = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/userns";
    const volume = join(testHost.directory, "userns-volume");
    mkdirSync(volume);
    const annotations = {
      ...WITH_STATE,
      "io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.sandbox-namespace": "shop",
      "io.kubernetes.cri.sandbox-name": "web",
      "io.kubernetes.cri.container-name": "main",
    };
    const range = [{ containerID: 0, hostID: 131072, size: 65536 }];
    const spec = {
      ociVersion: "1.0.2",
      annotations,
      root: { path: "rootfs" },
      process: {
        user: { uid: 0, gid: 0 },
        cwd: "/",
        env: ["PATH=/bin"],
        args: ["sh", "-c", "id -u; touch $STATE_DIRECTORY/f; stat -c %u $STATE_DIRECTORY/f; cat /proc/self/uid_map"],
        capabilities: {},
      },
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
        {
          destination: "/var/lib/web",
          type: "bind",
          source: volume,
          options: ["rbind", "rw"],
          uidMappings: range,
          gidMappings: range,
        },
      ],
      linux: {
        namespaces: [{ type: "mount" }, { type: "pid" }, { type: "user" }],
        uidMappings: range,
        gidMappings: range,
      },
    };
    makeRootfs(join(testHost.directory, "userns-rootfs"));
    writeFileSync(join(testHost.directory, "userns.json"), JSON.stringify(spec));
    testHost.sh(
      `chmod 755 ${testHost.directory}; mkdir -p ${bundle}; cp ${testHost.directory}/userns.json ${bundle}/config.json; mv ${testHost.directory}/userns-rootfs ${bundle}/rootfs; chown -R 131072:131072 ${bundle}/rootfs`,
    );
    const { stdout, stderr } = testHost.sh(
      `${runtimePath("crun")} --root /run/containerd/runc/k8s.io run --bundle ${bundle} userns; ${runtimePath("crun")} --root /run/containerd/runc/k8s.io delete -f userns`,
    );
    assert.match(stdout, /^(6\d{4})\n\1\n +0 +131072 +65536\n$/, stderr);
    assert.equal([lstatSync(join(volume, "f")).uid, lstatSync(volume).uid], [65534, 65534]);
    testHost.sh(`rm -rf ${bundle}`);
  },
);

kubernetes.run();
