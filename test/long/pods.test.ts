import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Node, startNode } from "../support/engines/cri/pods.ts";
import { tracesIn } from "../support/engines/engines.ts";
import { openTestHost, type TestHost } from "../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  node: Node;
}

const PODS = 200;

const pods = suite<Stage>("pods in a row");

pods.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.node = await startNode(stage.testHost);
});
pods.after(async ({ testHost, node }) => {
  node.close();
  await testHost.close();
});

pods(`${PODS} pods leave nothing but their state`, async ({ testHost, node }) => {
  const annotations = {
    "dynuser/DynamicUser": "yes",
    "dynuser/StateDirectory": "web",
    "dynuser/CacheDirectory": "web",
    "dynuser/RuntimeDirectory": "web",
  };
  const mountsBefore = testHost.sh("wc -l </proc/self/mountinfo").stdout;
  for (let index = 0; index < PODS; index++) {
    const pod = await node.runPod({ namespace: `team-${index % 5}`, annotations });
    const container = await pod.start({ script: "touch $STATE_DIRECTORY/$(whoami) $RUNTIME_DIRECTORY/x" });
    await container.output();
    await pod.remove();
  }
  assert.equal(tracesIn(testHost), []);
  assert.is(
    testHost.sh("find /run/dynuser-pods /run/dynuser/containers /run/dynuser/holders /run/dynuser/leases -mindepth 1")
      .stdout,
    "",
  );
  assert.is(testHost.sh("wc -l </proc/self/mountinfo").stdout, mountsBefore);
  assert.is(
    testHost
      .sh("ls /run/containerd/io.containerd.runtime.v2.task/k8s.io /run/containerd/runc/k8s.io")
      .stdout.replaceAll(/.*:\n|\n/g, ""),
    "",
  );
  assert.is(testHost.sh("ls /var/lib/dynuser/directories | wc -l").stdout, "10\n");
  assert.is(testHost.sh("find /var/lib/private/dynuser-pods -type f | wc -l").stdout, `${PODS}\n`);
});

pods.run();
