import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ASKING, type Engine, runtimePath, startContainerd, tracesIn } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  ctr: Engine;
}

const containerd = suite<Stage>("containerd");

containerd.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.ctr = startContainerd(stage.testHost);
});
containerd.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
containerd.after(({ testHost }) => testHost.close());

for (const runtime of ["crun", "runc"] as const) {
  const options = ["--runc-binary", runtimePath(runtime), ...ASKING];

  containerd(`${runtime}: a container runs as a dynamic user and keeps its state`, ({ ctr }) => {
    const script =
      "id; cat $STATE_DIRECTORY/f 2>/dev/null; echo kept >$STATE_DIRECTORY/f; grep NoNew /proc/self/status";
    const run = () => ctr(["run", "--rm", ...options, IMAGE, "c1", "sh", "-c", script]);
    run();
    const { stdout, stderr } = run();
    assert.match(stdout, /^uid=(\d+)\(web\) gid=\1\(web\) groups=\1\(web\)\nkept\nNoNewPrivs:\t1\n$/, stderr);
  });

  containerd(`${runtime}: exec is the container's user, kill and delete give it back`, ({ ctr, testHost }) => {
    ctr(["run", "-d", ...options, IMAGE, "c2", "sleep", "1000"]);
    const { stdout, stderr } = ctr([
      "task",
      "exec",
      "--exec-id",
      "e",
      "c2",
      "sh",
      "-c",
      "whoami; echo $STATE_DIRECTORY",
    ]);
    assert.is(stdout, "web\n/var/lib/web\n", stderr);
    assert.match(
      ctr(["task", "exec", "--exec-id", "f", "--user", "1000", "c2", "id"]).stderr,
      "cannot exec as UID 1000",
    );
    ctr(["task", "kill", "-s", "KILL", "c2"]);
    testHost.sh(`until ctr task ls | grep -q 'c2.*STOPPED'; do sleep 0.05; done`);
    ctr(["task", "rm", "c2"]);
    ctr(["container", "rm", "c2"]);
  });

  containerd(`${runtime}: without any streams, stopped and started again`, ({ ctr, testHost }) => {
    ctr(["run", "-d", "--null-io", ...options, IMAGE, "c4", "sleep", "1000"]);
    assert.is(ctr(["task", "exec", "-d", "--exec-id", "e", "c4", "true"]).status, 0);
    for (const verb of ["pause", "resume", "ps", "metrics"]) assert.is(ctr(["task", verb, "c4"]).status, 0, verb);
    ctr(["task", "kill", "-s", "KILL", "c4"]);
    testHost.sh(`until ctr task ls | grep -q 'c4.*STOPPED'; do sleep 0.05; done`);
    ctr(["task", "rm", "c4"]);
    assert.equal(tracesIn(testHost), []);
    ctr(["task", "start", "-d", "--null-io", "c4"]);
    assert.is(ctr(["task", "exec", "--exec-id", "f", "c4", "whoami"]).stdout, "web\n");
    ctr(["task", "rm", "-f", "c4"]);
    ctr(["container", "rm", "c4"]);
  });

  containerd(
    `${runtime}: mounts and a root that cannot be written stay as they were asked for`,
    ({ ctr, testHost }) => {
      testHost.sh(`mkdir -p data state /etc/dynuser; chmod 777 data; echo old >state/old; chown -R 1000:1000 state
      echo "engines: { containerd: { volumes: [$PWD] } }" >/etc/dynuser/config.yaml`);
      const bind = (from: string, to: string) =>
        `type=bind,src=${testHost.directory}/${from},dst=${to},options=rbind:rw`;
      const mounts = [bind("data", "/data"), bind("state", "/var/lib/web"), "type=tmpfs,src=tmpfs,dst=/scratch"];
      const script = `for f in /data/a /scratch/a $STATE_DIRECTORY/a; do echo a >$f && cat $f; done
      cat $STATE_DIRECTORY/old; ! echo 1 2>/dev/null >/x`;
      const more = ["--read-only", ...mounts.flatMap((mount) => ["--mount", mount])];
      const { stdout, stderr } = ctr(["run", "--rm", ...options, ...more, IMAGE, "c5", "sh", "-c", script]);
      assert.is(stdout, "a\na\na\nold\n", stderr);
    },
  );

  containerd(`${runtime}: a command that does not exist fails as without dynuser`, ({ ctr }) => {
    const { status, stderr } = ctr(["run", "--rm", ...options, IMAGE, "c6", "nonexistent"]);
    assert.is(status, 1);
    assert.match(stderr, /executable file .*not found in \$PATH/);
  });

  containerd(`${runtime}: containers of one name in two namespaces are two containers`, ({ ctr }) => {
    const id = (namespace: string) => ctr(["-n", namespace, "task", "exec", "--exec-id", "e", "same", "whoami"]).stdout;
    for (const namespace of ["one", "two"]) {
      ctr(["-n", namespace, "image", "import", "image.tar"]);
      const named = ["--annotation", `dynuser/User=${namespace}`];
      const { stderr } = ctr(["-n", namespace, "run", "-d", ...options, ...named, IMAGE, "same", "sleep", "1000"]);
      assert.is(stderr, "");
    }
    assert.equal([id("one"), id("two")], ["one\n", "two\n"]);
    for (const namespace of ["one", "two"]) {
      ctr(["-n", namespace, "task", "rm", "-f", "same"]);
      ctr(["-n", namespace, "container", "rm", "same"]);
    }
  });

  containerd(`${runtime}: a refusal is readable`, ({ ctr }) => {
    const { status, stderr } = ctr([
      "run",
      "--rm",
      ...options,
      "--annotation",
      "dynuser/BindPaths=/etc",
      IMAGE,
      "c3",
      "id",
    ]);
    assert.is(status, 1);
    assert.match(
      stderr,
      "OCI runtime create failed: dynuser: cannot take BindPaths= from an annotation: policy of containerd is safe",
    );
  });
}

containerd.run();
