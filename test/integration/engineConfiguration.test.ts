import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startContainerd, writeConfiguration } from "../support/cri/pods.ts";
import { DYNUSER } from "../support/dynuser.ts";
import { runtimePath } from "../support/engines.ts";
import { openWorld, type World } from "../support/world.ts";

interface Stage {
  world: World;
}

const configuration = suite<Stage>("engine configuration");

configuration.before(async (stage) => {
  stage.world = await openWorld();
});
configuration.after(({ world }) => world.close());

const call = ({ run }: World, action: string, ...args: readonly string[]) => run([DYNUSER, "runtime", action, ...args]);

configuration(
  "containerd 1.6 runs pods with what was registered, and its file is as before when it is taken back",
  async ({ world }) => {
    const file = writeConfiguration(world);
    const before = readFileSync(file, "utf8");
    const options = ["--engine=containerd", `--config=${file}`, "--runtime=crun"];
    const dry = call(world, "configure", ...options, "--dry-run");
    assert.match(dry.stdout, `+BinaryName = "${runtimePath("crun")}"`);
    assert.is(readFileSync(file, "utf8"), before);

    const done = call(world, "configure", ...options, "--default");
    assert.is(done.status, 0, done.stderr);
    assert.match(done.stdout, "in force after: systemctl restart containerd\n");
    assert.is(readFileSync(`${file}.before-dynuser`, "utf8"), before);
    assert.is(call(world, "configure", ...options, "--default").stdout, "nothing to change\n");
    assert.match(world.sh(`containerd -c ${file} config dump`).stdout, 'default_runtime_name = "dynuser"');

    const node = await startContainerd(world, file);
    const pod = await node.runPod({ handler: "", name: "web", annotations: { "dynuser/DynamicUser": "yes" } });
    assert.is(await (await pod.start()).exec("whoami"), "default_web_main\n");
    const refused = call(world, "unconfigure", ...options);
    assert.is(refused.status, 125);
    assert.match(
      refused.stderr,
      /cannot take dynuser from the engine: found 2 containers that use it \([0-9a-f]{12}, [0-9a-f]{12}\), expected none/,
    );
    await pod.remove();
    node.close();
    assert.is(call(world, "unconfigure", ...options).status, 0);
    assert.is(readFileSync(file, "utf8"), before);
  },
);

configuration("what containerd would not take is taken back", ({ world }) => {
  const file = join(world.directory, "wrong.toml");
  // a list where containerd wants a text
  const text = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = ["x"]\n';
  writeFileSync(file, text);
  const { status, stderr } = call(world, "configure", "--engine=containerd", `--config=${file}`);
  assert.is(status, 125);
  assert.match(
    stderr,
    "cannot register dynuser: the engine sees a file that containerd refuses; its files are as before",
  );
  assert.is(readFileSync(file, "utf8"), text);
});

configuration("podman finds the runtime by its name", ({ world }) => {
  const { status, stdout, stderr } = call(world, "configure", "--engine=podman", "--runtime=crun");
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  assert.match(stdout, "+++ /etc/containers/containers.conf.d/50-dynuser.conf\n");
  const path = world.sh("podman --runtime dynuser info --format '{{.Host.OCIRuntime.Path}}'").stdout;
  assert.is(path, `${runtimePath("crun")}\n`);
  assert.is(call(world, "unconfigure", "--engine=podman").status, 0);
  assert.is(world.sh("ls /etc/containers/containers.conf.d/50-dynuser.conf").status, 2);
});

configuration("docker's file gets the runtime and loses it again", ({ world }) => {
  const text = '{ "log-driver": "journald" }\n';
  mkdirSync(join(world.directory, "docker"));
  const file = join(world.directory, "docker/daemon.json");
  writeFileSync(file, text);
  assert.is(call(world, "configure", "--engine=docker", `--config=${file}`).status, 0);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).runtimes, { dynuser: { path: runtimePath("runc") } });
  const user = '{"Runtime":"dynuser"}';
  world.sh(`mkdir -p /var/lib/docker/containers/abc; echo '${user}' >/var/lib/docker/containers/abc/hostconfig.json`);
  assert.match(
    call(world, "unconfigure", "--engine=docker", `--config=${file}`).stderr,
    "found 1 containers that use it (abc)",
  );
  world.sh("rm -r /var/lib/docker");
  assert.is(call(world, "unconfigure", "--engine=docker", `--config=${file}`).status, 0);
  assert.is(readFileSync(file, "utf8"), text);
});

configuration("without CRI-O its drop-in is written, and it is said that nobody has looked at it", ({ world }) => {
  const { status, stderr, stdout } = call(world, "configure", "--engine=crio");
  assert.is(status, 0);
  assert.is(stderr, "dynuser: the engine could not be asked whether it sees the change\n");
  assert.match(stdout, "in force after: systemctl reload crio");
  assert.match(world.sh("cat /etc/crio/crio.conf.d/50-dynuser.conf").stdout, 'runtime_root = "/run/dynuser-runc"');
  assert.is(call(world, "unconfigure", "--engine=crio").status, 0);
});

const MISTAKES: readonly (readonly [readonly string[], string])[] = [
  [["configure"], 'cannot find engine "": expected containerd, crio, docker, podman (--engine)'],
  [["configure", "--engine=lxc"], 'cannot find engine "lxc"'],
  [["configure", "--engine=docker", "--runtime=kata"], "cannot find our kata"],
  [["configure", "--engine=docker", "--name=runc"], 'cannot use the name "runc"'],
  [["configure", "--engine=docker", "now"], 'found "now", expected options alone'],
  [["configure", "--quiet"], 'cannot read "--quiet": expected an option of dynuser runtime --help'],
  [["repair"], 'found "repair", expected configure or unconfigure'],
];

for (const [args, expected] of MISTAKES) {
  configuration(`dynuser runtime ${args.join(" ")}: refused in one line`, ({ world }) => {
    const { status, stderr } = world.run([DYNUSER, "runtime", ...args]);
    assert.is(status, 125);
    assert.match(stderr, expected);
    assert.is(stderr.trimEnd().split("\n").length, 1);
  });
}

configuration.run();
