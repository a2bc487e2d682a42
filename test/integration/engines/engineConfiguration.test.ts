import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startContainerd, writeConfiguration } from "../../support/engines/cri/pods.ts";
import { runtimePath } from "../../support/engines/engines.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
}

const configuration = suite<Stage>("engine configuration");

configuration.before(async (stage) => {
  stage.testHost = await openTestHost();
});
configuration.after(({ testHost }) => testHost.close());

const call = ({ run }: TestHost, action: string, ...args: readonly string[]) =>
  run([DYNUSER, "runtime", action, ...args]);

configuration(
  "containerd runs pods with what was registered, and its file is as before when it is taken back",
  async ({ testHost }) => {
    const file = writeConfiguration(testHost);
    const before = readFileSync(file, "utf8");
    const engine = ["--engine=containerd", `--config=${file}`];
    const options = [...engine, "--runtime=crun"];
    const dry = call(testHost, "configure", ...options, "--dry-run");
    assert.match(dry.stdout, `+BinaryName = "${runtimePath("crun")}"`);
    assert.is(readFileSync(file, "utf8"), before);

    const done = call(testHost, "configure", ...options, "--default");
    assert.is(done.status, 0, done.stderr);
    assert.match(done.stdout, "in force after: systemctl restart containerd\n");
    assert.is(readFileSync(`${file}.before-dynuser`, "utf8"), before);
    assert.is(call(testHost, "configure", ...options, "--default").stdout, "nothing to change\n");
    assert.match(testHost.sh(`containerd -c ${file} config dump`).stdout, /default_runtime_name = ["']dynuser["']/);

    const node = await startContainerd(testHost, file);
    const pod = await node.runPod({ handler: "", name: "web", annotations: { "dynuser/DynamicUser": "yes" } });
    assert.is(await (await pod.start()).exec("whoami"), "default_web_main\n");
    const refused = call(testHost, "unconfigure", ...engine);
    assert.is(refused.status, 125);
    assert.match(
      refused.stderr,
      /cannot unregister dynuser: found 2 containers that use it \([0-9a-f]{12}, [0-9a-f]{12}\), expected none/,
    );
    await pod.remove();
    node.close();
    assert.is(call(testHost, "unconfigure", ...engine).status, 0);
    assert.is(readFileSync(file, "utf8"), before);
  },
);

configuration("what containerd would not take is taken back", ({ testHost }) => {
  const file = join(testHost.directory, "wrong.toml");
  // a list where containerd wants a text
  const text = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = ["x"]\n';
  writeFileSync(file, text);
  const { status, stderr } = call(testHost, "configure", "--engine=containerd", `--config=${file}`);
  assert.is(status, 125);
  assert.match(
    stderr,
    "cannot register dynuser: the engine sees a file that containerd refuses; its files are as before",
  );
  assert.is(readFileSync(file, "utf8"), text);
});

configuration("podman finds the runtime by its name", ({ testHost }) => {
  const { status, stdout, stderr } = call(testHost, "configure", "--engine=podman", "--runtime=crun");
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  assert.match(stdout, "+++ /etc/containers/containers.conf.d/50-dynuser.conf\n");
  const path = testHost.sh("podman --runtime dynuser info --format '{{.Host.OCIRuntime.Path}}'").stdout;
  assert.is(path, `${runtimePath("crun")}\n`);
  assert.is(call(testHost, "unconfigure", "--engine=podman").status, 0);
  assert.is(testHost.sh("ls /etc/containers/containers.conf.d/50-dynuser.conf").status, 2);
});

configuration("podman keeps a runtime when a second name is registered", ({ testHost }) => {
  assert.is(call(testHost, "configure", "--engine=podman", "--name=one", "--runtime=crun").status, 0);
  assert.is(call(testHost, "configure", "--engine=podman", "--name=two", "--runtime=runc").status, 0);
  const pathOf = (name: string) =>
    testHost.sh(`podman --runtime ${name} info --format '{{.Host.OCIRuntime.Path}}'`).stdout.trim();
  assert.equal([pathOf("one"), pathOf("two")], [runtimePath("crun"), runtimePath("runc")]);
  assert.is(call(testHost, "unconfigure", "--engine=podman", "--name=one").status, 0);
  assert.is(pathOf("two"), runtimePath("runc"));
  assert.is(call(testHost, "unconfigure", "--engine=podman", "--name=two").status, 0);
});

configuration("the low-level runtime is the one that is installed", ({ testHost }) => {
  for (const [hidden, other] of [
    ["crun", "runc"],
    ["runc", "crun"],
  ] as const) {
    const path = testHost.sh(`readlink -f $(command -v ${hidden})`).stdout.trim();
    testHost.sh(`mount --bind /dev/null ${path}`);
    for (const engine of ["podman", "crio"]) {
      assert.match(call(testHost, "configure", `--engine=${engine}`, "--dry-run").stdout, `${runtimePath(other)}"`);
    }
    testHost.sh(`umount ${path}`);
  }
});

configuration("docker's file gets the runtime and loses it again", ({ testHost }) => {
  const text = '{ "log-driver": "journald" }\n';
  mkdirSync(join(testHost.directory, "docker"));
  const file = join(testHost.directory, "docker/daemon.json");
  writeFileSync(file, text);
  assert.is(call(testHost, "configure", "--engine=docker", `--config=${file}`).status, 0);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).runtimes, { dynuser: { path: runtimePath("runc") } });
  const user = '{"Runtime":"dynuser"}';
  testHost.sh(
    `mkdir -p /var/lib/docker/containers/abc; echo '${user}' >/var/lib/docker/containers/abc/hostconfig.json`,
  );
  assert.match(
    call(testHost, "unconfigure", "--engine=docker", `--config=${file}`).stderr,
    "found 1 containers that use it (abc)",
  );
  testHost.sh("rm -r /var/lib/docker");
  assert.is(call(testHost, "unconfigure", "--engine=docker", `--config=${file}`).status, 0);
  assert.is(readFileSync(file, "utf8"), text);
});

configuration("without CRI-O its drop-in is written, and a note says that it was not verified", ({ testHost }) => {
  const { status, stderr, stdout } = call(testHost, "configure", "--engine=crio");
  assert.is(status, 0);
  assert.is(stderr, "dynuser: the engine could not be asked whether it sees the change\n");
  assert.match(stdout, "in force after: systemctl reload crio");
  assert.match(testHost.sh("cat /etc/crio/crio.conf.d/50-dynuser.conf").stdout, 'runtime_root = "/run/dynuser-runc"');
  assert.is(call(testHost, "unconfigure", "--engine=crio").status, 0);
});

const MISTAKES: readonly (readonly [readonly string[], string])[] = [
  [["configure"], "missing option --engine: expected containerd, crio, docker or podman"],
  [["configure", "--engine=lxc"], 'cannot read --engine: found "lxc"'],
  [["configure", "--engine=docker", "--runtime=kata"], 'cannot read --runtime: found "kata", expected crun or runc'],
  [["configure", "--engine=docker", "--name=runc"], 'cannot use the name "runc"'],
  [["configure", "--engine=docker", "now"], 'unexpected operand "now"'],
  [["configure", "--quiet"], "unknown option --quiet"],
  [["repair"], 'unknown subcommand "repair": expected configure or unconfigure'],
];

for (const [args, expected] of MISTAKES) {
  configuration(`dynuser runtime ${args.join(" ")}: refused with what is expected`, ({ testHost }) => {
    const { status, stderr } = testHost.run([DYNUSER, "runtime", ...args]);
    assert.is(status, 125);
    assert.match(stderr, expected);
    assert.is(stderr.match(/^dynuser: /gm)?.length, 1);
  });
}

configuration.run();
