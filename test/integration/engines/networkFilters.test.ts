import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { type AskingBundle, makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/* The network filters of an engine's container, which a hook attaches to its cgroup of version 2. */

interface Stage {
  testHost: TestHost;
  write: AskingBundle["write"];
  runtime(...args: readonly string[]): Result;
  /** `create` of container c, whose init must not hold our pipes. */
  createApart(): Result;
}

const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;
const DENY = { IPAddressDeny: "any" };

/** Nothing listens on this port of loopback: an answer refuses the connection, unless a filter drops the packets. */
const CONNECT = ["sh", "-c", "nc -w 1 127.0.0.1 9 </dev/null; nc -w 1 ::1 9 </dev/null"];
const FILTERED = /^nc: timed out$/gm;

for (const name of ["crun", "runc"] as const) {
  const filters = suite<Stage>(`network filters with ${name}`);

  filters.before(async (stage) => {
    stage.testHost = await openTestHost();
    stage.testHost.sh("mount -t cgroup2 none /sys/fs/cgroup");
    const { directory, write } = makeAskingBundle(stage.testHost, PROGRAMS[name]);
    // crun 1.8 raises its own limits to filter devices, which this machine may not allow.
    const allDevices = `jq '.linux.resources.devices = [{allow: true, access: "rwm"}]' bundle/config.json >config`;
    stage.write = (args, more) => {
      write(args, more);
      stage.testHost.sh(`${allDevices} && mv config bundle/config.json`);
    };
    stage.createApart = () =>
      stage.testHost.sh(`cd bundle && ${runtimePath(name)} create c </dev/null >/dev/null 2>&1`);
    stage.runtime = (...args) => stage.testHost.run([runtimePath(name), ...args], { cwd: directory });
  });
  filters.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
  filters.after(({ testHost }) => testHost.close());

  filters("a denied address is refused, by default it is not", ({ write, runtime }) => {
    write(CONNECT, DENY);
    const { stderr } = runtime("run", "c");
    assert.is(stderr.match(FILTERED)?.length, 2, stderr);
    write(CONNECT);
    assert.not.match(runtime("run", "c").stderr, FILTERED);
  });

  filters("a process of exec has the container's filters", ({ write, runtime, createApart }) => {
    write(["sleep", "1000"], DENY);
    assert.is(createApart().status, 0);
    assert.is(runtime("start", "c").status, 0);
    const { stderr } = runtime("exec", "c", ...CONNECT);
    runtime("delete", "--force", "c");
    assert.is(stderr.match(FILTERED)?.length, 2, stderr);
  });

  filters(
    "interfaces are those of the container's network, and a denied one that is missing is an error",
    ({ write, runtime }) => {
      write(CONNECT, { RestrictNetworkInterfaces: "~lo" });
      assert.is(runtime("run", "c").stderr.match(FILTERED)?.length, 2);
      write(["true"], { RestrictNetworkInterfaces: "~elsewhere" });
      const { status } = runtime("run", "failing");
      runtime("delete", "--force", "failing");
      assert.is.not(status, 0);
    },
  );

  filters("ports are refused to bind(2)", ({ write, runtime }) => {
    write(["timeout", "1", "nc", "-l", "-p", "7000"], { SocketBindDeny: "7000" });
    assert.match(runtime("run", "c").stderr, /bind: Operation not permitted/);
  });

  filters.run();
}
