import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ASKING, type Engine, runtimePath, startPodman, tracesIn, writeHooks } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { DYNUSER, RUNTIMES } from "../../support/hosts/dynuser.ts";
import { openRoot } from "../../support/hosts/roots.ts";
import type { Result, TestHost } from "../../support/hosts/testHost.ts";

/* What users meet first, with the newest crun, runc and podman; `npm run test:engines` runs everything there. */

interface Stage {
  host: TestHost;
  podman: Engine;
  hooks: string;
}

const newest = suite<Stage>("the newest release");

newest.before(async (stage) => {
  stage.host = await openRoot("sid");
  stage.podman = startPodman(stage.host);
  stage.hooks = writeHooks(stage.host);
});
newest.before.each(({ host }) => {
  host.sh("rm -rf /var/lib/private/web");
});
newest.after.each(({ host, podman }) => {
  podman(["rm", "--all", "--force", "--time", "0"]);
  assert.equal(tracesIn(host), []);
});
newest.after(({ host }) => host.close());

for (const runtime of RUNTIMES) {
  const run = ({ host }: Stage, ...args: readonly string[]): Result =>
    host.run([DYNUSER, "run", "--runtime", runtime, ...args]);

  newest(`${runtime}: dynuser run starts a command and returns its exit code`, (stage) => {
    const { status, stdout, stderr } = run(stage, "--", "sh", "-c", "echo runs; exit 3");
    assert.equal([status, stdout, stderr], [3, "runs\n", ""]);
  });

  for (const [command, status] of [
    ["nosuch", 127],
    ["/etc/passwd", 126],
  ] as const) {
    newest(`${runtime}: dynuser run of ${command} exits with ${status} and one line`, (stage) => {
      const result = run(stage, "--", command);
      assert.is(result.status, status, result.stderr);
      assert.match(result.stderr, new RegExp(`^dynuser: [^\\n]*${command}[^\\n]*\\n$`));
    });
  }

  newest(`${runtime}: dynuser run keeps a StateDirectory= for the next dynamic user`, (stage) => {
    const options = ["-p", "DynamicUser=yes", "-p", "StateDirectory=web", "--name", "web"];
    const script = "cat $STATE_DIRECTORY/file 2>/dev/null; echo kept >>$STATE_DIRECTORY/file; whoami";
    const calls = [1, 2].map(() => run(stage, ...options, "--", "sh", "-c", script));
    assert.equal(
      calls.map(({ stdout }) => stdout),
      ["web\n", "kept\nweb\n"],
      calls[1]!.stderr,
    );
  });

  for (const [door, globals] of Object.entries({
    runtime: () => ["--runtime", runtimePath(runtime)],
    hooks: ({ hooks }: Stage) => ["--runtime", runtime, "--hooks-dir", hooks],
  })) {
    newest(
      `${runtime}: a container of podman's ${door} is a dynamic user's, and others write no record of it`,
      (stage) => {
        const { host, podman } = stage;
        podman(["rm", "-f", "c"]);
        const started = podman([
          ...globals(stage),
          "run",
          "-d",
          "--name",
          "c",
          "--network",
          "none",
          ...ASKING,
          IMAGE,
          "sh",
          "-c",
          "whoami; touch $STATE_DIRECTORY/file; exec sleep 1000",
        ]);
        assert.is(started.status, 0, started.stderr);
        assert.is(podman(["logs", "c"]).stdout, "web\n");
        assert.is(
          host.sh("find /run/dynuser -not -type l -not -path '/run/dynuser/world*' -perm /022 -printf '%m %p\\n'")
            .stdout,
          "",
        );
      },
    );
  }
}

newest.run();
