import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AskingBundle, makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { DIST, DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/* dynuser's own files while a container runs: their modes, whatever the umask, and that they hold no secret. */

interface Stage {
  testHost: TestHost;
  bundle: AskingBundle;
}

const files = suite<Stage>("private files");

files.before.each(async (stage) => {
  stage.testHost = await openTestHost("with roots");
  stage.bundle = makeAskingBundle(stage.testHost, "/usr/bin/crun");
});
files.after.each(({ testHost }) => testHost.close());

/** The newest runtimes, where test:engines has put them: crun since 1.14 runs hooks with umask 0. */
const NEWEST = "/var/cache/dynuser/roots/sid-runtimes";
const PROGRAMS = [
  "/usr/bin/crun",
  "/usr/bin/runc",
  ...(existsSync(NEWEST) ? [`${NEWEST}/crun`, `${NEWEST}/runc`] : []),
];

/** Before podman 4.6 annotations of images are requests too, so that directories need the administrator's word. */
const OWN_DIRECTORIES =
  "mkdir -p /etc/dynuser; echo 'engines: { podman: { directories: own } }' >/etc/dynuser/config.yaml";

/** Starts a container that sleeps, in the bundle's directory; it is found in the holders. */
const STARTS: Readonly<Record<string, (program: string) => string>> = {
  "dynuser run": (program) =>
    `${DYNUSER} run --runtime ${program} -p DynamicUser=yes -p StateDirectory=web -p SetCredential=key:hunter2 --name web sleep 1000`,
  runtime: (program) => `${DYNUSER} prepare --runtime ${program} -- run c >words && ${program} run c`,
  hook: (program) =>
    `${OWN_DIRECTORIES}; sh ${DIST}/libexec/call hook precreate <config.json >changed && mv changed config.json && ${program} run c`,
};

/** What is open to others, because other programs or containers with other owners read it. */
const OPEN: readonly (readonly [path: RegExp, mode: string])[] = [
  [/^\/run\/userdb$/, "755"],
  [/^\/run\/userdb\/web\.(?:user|group)$/, "644"],
  [/^\/run\/dynuser(?:\/inaccessible|\/notify)?$/, "755"],
  [/^\/run\/dynuser\/inaccessible\/(?:dir|reg)$/, "0"],
  [/^\/run\/dynuser\/containers(?:\/[^/]+)?$/, "711"],
  [/^\/run\/dynuser\/containers\/[^/]+\/(?:passwd|group)$/, "644"],
];

const WALK = `
  find /run/dynuser /var/lib/dynuser /run/userdb -xdev -name credentials -prune -o ! -type l ! -type s -printf '%m %U %y %p\\n'`;

const SECRET = `grep -rlsF hunter2 /run/dynuser /var/lib/dynuser /run/userdb /run/crun /run/runc --exclude-dir=credentials --exclude-dir=testHost`;

/** Gives the hooks' door what podman would: a cgroup that names the container, and an absolute root. */
function writeForHook({ bundle }: Stage): void {
  const path = `${bundle.directory}/config.json`;
  const spec = JSON.parse(readFileSync(path, "utf8"));
  const linux = { ...spec.linux, cgroupsPath: `/libpod-${"a".repeat(64)}` };
  const process = { ...spec.process, noNewPrivileges: false };
  writeFileSync(path, JSON.stringify({ ...spec, process, linux, root: { path: `${bundle.directory}/rootfs` } }));
}

for (const [way, command] of Object.entries(STARTS)) {
  for (const program of PROGRAMS) {
    for (const umask of ["0", "077"]) {
      files(`private after ${way}, ${program}, umask ${umask}`, (stage) => {
        stage.bundle.write(["sleep", "1000"], { SetCredential: "key:hunter2" });
        if (way === "hook") writeForHook(stage);
        const { stdout, stderr } = stage.testHost.sh(
          `cd ${stage.bundle.directory}; umask ${umask}; { ${command(program)}; } >out 2>&1 &
           until pgrep -xf '(.*/)?sleep 1000' >/dev/null || ! kill -0 $! 2>/dev/null; do :; done
           cat out; ${WALK}; ${SECRET}; true`,
        );
        assert.is(stderr, "");
        const lines = stdout.trimEnd().split("\n");
        assert.ok(
          lines.some((line) => /\/holders\/.+\.json$/.test(line)),
          stdout,
        );
        assert.equal(
          lines.filter((line) => !isPrivate(line)),
          [],
        );
      });
    }
  }
}

function isPrivate(line: string): boolean {
  const [mode, owner, type, path = ""] = line.split(" ");
  const open = OPEN.find(([pattern]) => pattern.test(path))?.[1];
  return owner === "0" && mode === (open ?? (type === "d" ? "700" : "600"));
}

files("a record that others could write is set aside and believed by no call", ({ testHost }) => {
  const { stdout, stderr } = testHost.sh(
    `${DYNUSER} run -p DynamicUser=yes --name web sleep 1000 & held=$!
     until pgrep -xf '(.*/)?sleep 1000' >/dev/null; do :; done
     chmod 666 /run/dynuser/holders/*.json
     ${DYNUSER} ps --json; ${DYNUSER} gc; kill $held; wait $held
     ls /run/dynuser/holders /run/dynuser/uids`,
  );
  assert.match(stdout, /^\[\]\n/);
  assert.match(stderr, /^dynuser: cannot read a lease: found no valid holder in /m);
  assert.not.match(stdout, /^\S+damaged-\d+$/m, "gc removes what was set aside");
});

files("a secret is neither shown nor part of a message", ({ testHost }) => {
  const shown = testHost.run([DYNUSER, "show", "--json", "-p", "SetCredential=key:hunter2", "--", "true"]);
  const base64 = Buffer.from("hunter2").toString("base64");
  assert.is(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, "SetCredential");
  assert.not.ok(shown.stdout.includes("hunter2") || shown.stdout.includes(base64));
  const refused = testHost.run([DYNUSER, "run", "-p", "SetCredential=hunter2", "true"]);
  assert.match(refused.stderr, /^dynuser: cannot read SetCredential=: found a value that is not shown, expected /);
});

files.run();
