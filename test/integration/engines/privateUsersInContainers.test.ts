import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, runtimePath, startPodman, writeHooks } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { MAKING, SHOWING, SUCCESS } from "../../support/restrictions/mountAttacks.ts";

interface Stage {
  testHost: TestHost;
  podman: Engine;
  /** Globals of podman for each way in. */
  doors: Readonly<Record<string, readonly string[]>>;
}

const RUNTIMES = ["crun", "runc"] as const;
const SETTINGS = [
  "PrivateUsers=yes",
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "ProtectKernelTunables=yes",
  "ProtectControlGroups=yes",
  "InaccessiblePaths=/etc/shadow",
  "ReadOnlyPaths=/var",
  "NoExecPaths=/srv",
  "TemporaryFileSystem=/opt:ro",
];
/** All that an engine can add. */
const RIGHTS = ["--security-opt", "seccomp=unconfined", "--cap-add", "all"];
/** perl and unshare are the host's. */
const MOUNTED = ["-v", "/usr:/usr:ro"];
const PLACES = "mkdir -p /usr /srv /opt /mnt; ln -s usr/lib /lib; ln -s usr/lib64 /lib64; echo secret >/etc/shadow";
const COMMAND =
  "/usr/bin/perl /attack/undo; /usr/bin/unshare --user --map-root-user --mount /usr/bin/perl /attack/undo-nested";

const users = suite<Stage>("PrivateUsers= in containers");

users.before(async (stage) => {
  const testHost = await openTestHost();
  const podman = startPodman(testHost);
  podman(["run", "--name", "made", "--network", "none", IMAGE, "sh", "-c", PLACES]);
  assert.is(podman(["commit", "-q", "made", "localhost/attacked"]).status, 0);
  testHost.sh("mkdir -m 755 /srv/attack");
  for (const [name, text] of Object.entries({ undo: MAKING, "undo-nested": SHOWING })) {
    writeFileSync(join(testHost.directory, name), text);
    testHost.sh(`install -m 644 ${name} /srv/attack`);
  }
  const hooks = writeHooks(testHost);
  const doors = RUNTIMES.flatMap((runtime) => [
    [`the hooks with ${runtime}`, ["--hooks-dir", hooks, "--runtime", runtime]] as const,
    [`the runtime ${runtime}`, ["--runtime", runtimePath(runtime)]] as const,
  ]);
  Object.assign(stage, { testHost, podman, doors: Object.fromEntries(doors) });
});
users.after(({ testHost }) => testHost.close());

function attack({ podman, doors }: Stage, door: string, settings: readonly string[]): string {
  const asked = settings.flatMap((setting) => ["--annotation", `dynuser/${setting}`]);
  const options = ["--rm", "--network", "none", ...MOUNTED, "-v", "/srv/attack:/attack:ro", ...RIGHTS, ...asked];
  const { stdout, stderr } = podman([...doors[door]!, "run", ...options, "localhost/attacked", "sh", "-c", COMMAND]);
  assert.match(stdout, /^bind: /m, stderr);
  return stdout;
}

for (const runtime of RUNTIMES) {
  for (const door of [`the hooks with ${runtime}`, `the runtime ${runtime}`]) {
    users(`root with all capabilities undoes no mount of settings, through ${door}`, (stage) => {
      for (const more of [[], ["DynamicUser=yes"], ["CapabilityBoundingSet=~CAP_SYS_BOOT"]])
        assert.not.match(attack(stage, door, [...SETTINGS, ...more]), SUCCESS);
    });
  }
}

users("without PrivateUsers= the same root undoes them, as under systemd", (stage) => {
  assert.match(attack(stage, "the runtime crun", SETTINGS.slice(1)), SUCCESS);
});

users.run();
