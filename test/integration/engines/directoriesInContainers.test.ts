import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");
const RUNTIMES = ["crun", "runc"] as const;
const DYNAMIC = ["DynamicUser=yes", "User=dirs", "StateDirectory=dirs"];

const containers = suite<{ testHost: TestHost }>("directories in containers", {} as { testHost: TestHost });
containers.before(async (context) => {
  context.testHost = await openTestHost();
});
containers.after((context) => context.testHost.close());

function run(testHost: TestHost, runtime: string, properties: readonly string[], script: string): Result {
  const settings = properties.flatMap((property) => ["-p", property]);
  return testHost.run([process.execPath, MAIN, "run", "--runtime", runtime, ...settings, "--", "sh", "-c", script]);
}

function succeed({ status, stdout, stderr }: Result): readonly string[] {
  assert.is(status, 0, stderr);
  return stdout.trim().split("\n");
}

for (const runtime of RUNTIMES) {
  containers(`${runtime}: the service owns its state, finds it again, and sees no other service's`, ({ testHost }) => {
    const path = `/var/lib/private/other-${runtime}`;
    testHost.sh(`mkdir -p -m 700 /var/lib/private; mkdir ${path}`);
    const script =
      'echo x >>"$STATE_DIRECTORY/lines"; stat -c %u "$STATE_DIRECTORY/" "$STATE_DIRECTORY/lines"; id -u; ls /var/lib/private';
    for (let start = 0; start < 2; start++) {
      const [directory, file, uid, ...names] = succeed(run(testHost, runtime, DYNAMIC, script));
      assert.equal([directory, file, names], [uid, uid, ["dirs"]]);
    }
  });

  containers(
    `${runtime}: a set-id program in the state directory gives nothing, and private/ cannot be written`,
    ({ testHost }) => {
      const script = `awk '$5 == "/var/lib/private/dirs" || $5 == "/var/lib/private" { flags[$5] = $6 } END { for (p in flags) print p, flags[p] }' /proc/self/mountinfo | sort; ! touch /var/lib/private/new 2>/dev/null`;
      const [boundary, own] = succeed(run(testHost, runtime, DYNAMIC, script));
      assert.match(boundary!, /^\/var\/lib\/private r[ow],nosuid,nodev,noexec/);
      assert.match(own!, /^\/var\/lib\/private\/dirs rw,nosuid,nodev/);
    },
  );

  containers(`${runtime}: state moves to a static user and back`, ({ testHost }) => {
    const script = 'cat "$STATE_DIRECTORY/kept" 2>/dev/null; echo kept >"$STATE_DIRECTORY/kept"';
    const name = `moved-${runtime}`;
    for (const user of ["DynamicUser=yes", "User=daemon", "DynamicUser=yes"]) {
      succeed(run(testHost, runtime, [user, `StateDirectory=${name}`], script));
    }
    assert.is(testHost.sh(`readlink /var/lib/${name}; cat /var/lib/${name}/kept`).stdout, `private/${name}\nkept\n`);
  });

  containers(`${runtime}: a runtime directory is gone afterwards, unless it is kept`, ({ testHost }) => {
    const settings = ["DynamicUser=yes", `RuntimeDirectory=gone-${runtime}`];
    assert.equal(succeed(run(testHost, runtime, settings, "cd $RUNTIME_DIRECTORY && touch x && ls")), ["x"]);
    const kept = ["DynamicUser=yes", `RuntimeDirectory=kept-${runtime}`, "RuntimeDirectoryPreserve=yes"];
    succeed(run(testHost, runtime, kept, "touch $RUNTIME_DIRECTORY/x"));
    const left = testHost.sh("ls -d /run/gone-* /run/dynuser/empty/* 2>/dev/null; ls /run/private").stdout;
    assert.match(left, new RegExp(`^(kept-crun\n)?kept-${runtime}\n$`));
  });
}

containers("a private/ that others may enter stops the start, and nothing is made", ({ testHost }) => {
  testHost.sh("mkdir -p -m 755 /var/cache/private");
  const { status, stderr } = run(
    testHost,
    "crun",
    ["DynamicUser=yes", "StateDirectory=new", "CacheDirectory=new"],
    "true",
  );
  assert.is(status, 125);
  assert.match(
    stderr,
    /^dynuser: cannot use \/var\/cache\/new for CacheDirectory=: found \/var\/cache\/private with mode 0755/,
  );
  assert.is(testHost.sh("ls -d /var/lib/new /var/lib/private/new 2>/dev/null").stdout, "");
});

containers.run();
