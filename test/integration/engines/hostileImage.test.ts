import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeBundle } from "../../support/bundles/bundle.ts";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/** Images that try to read or write the host through what is done for them as root. */

const SECRET = "only-the-host-knows";
const ASKING = {
  DynamicUser: "yes",
  Name: "web",
  StateDirectory: "web",
  RuntimeDirectory: "web",
  CacheDirectory: "a/b",
};
const LOOK = "cat /etc/passwd /etc/group 2>/dev/null; id -u; echo x >$STATE_DIRECTORY/x; ls -ld /etc; mount";

interface Stage {
  testHost: TestHost;
  bundle: string;
}

/** Shell in the image's root; `$outside` is a directory of the host, `$up` leads up to its root. */
const IMAGES: Readonly<Record<string, string>> = {
  "an /etc/passwd that is a link to the host's shadow": "rm etc/passwd; ln -s /etc/shadow etc/passwd",
  "an /etc/passwd that leads up and out": "rm etc/passwd; ln -s $up/etc/shadow etc/passwd",
  "an /etc/passwd that is a FIFO": "rm etc/passwd; mkfifo etc/passwd",
  "an /etc/passwd that is a device": "rm etc/passwd; mknod etc/passwd c 1 5",
  "an /etc/group that is a block device": "rm etc/group; mknod etc/group b 7 0",
  "an /etc/passwd of a gigabyte": "rm etc/passwd; truncate -s 1G etc/passwd",
  "an /etc/passwd that is a directory": "rm etc/passwd; mkdir etc/passwd",
  "an /etc that is a link to another process's": "rm -r etc; ln -s /proc/1/root/etc etc",
  "an /etc that is a link to the caller's directory": "rm -r etc; ln -s /proc/self/cwd etc",
  "an /etc that is a link out": "rm -r etc; ln -s $outside etc",
  "a /var that is a link out": "rm -r var; ln -s $outside var",
  "a /var/lib that leads up and out": "rm -r var/lib; ln -s $up$outside var/lib",
  "a /var/lib/private that is a link out": "mkdir -p var/lib; ln -s $outside var/lib/private",
  "a state directory that is a link to /etc": "mkdir -p var/lib; ln -s /etc var/lib/web",
  "a state directory that is a link out":
    "mkdir -p var/lib var/cache; ln -s $outside var/lib/web; ln -s $up$outside var/cache/a",
  "a /run that is a link into /proc": "rm -r run; ln -s /proc/self/root/run run",
  "a /tmp that is a link out": "rm -r tmp; ln -s $outside tmp",
  "a runtime directory that is a FIFO": "mkdir -p run; mkfifo run/web",
  "links in a circle": "rm -r var; ln -s var2 var; ln -s var var2",
  "a user of the dynamic user's name with UID 0": "echo web:x:0:0::/:/bin/sh >>etc/passwd; echo web:x:0: >>etc/group",
  "control bytes in its users": "printf 'a\\033[2Jb:x:0:0::/:/bin/sh\\n' >>etc/passwd",
  "a user whose home has a line more": "printf 'c:x:5:5::/\\rweb:x:0:0::/:/bin/sh\\n' >>etc/passwd",
  "names with every byte, long and deep":
    "n=$(printf %250s | tr ' ' n); mkdir -p \"var/lib/$n\" \"$(printf 'etc/a\\nb')\"; cd var; for i in $(seq 300); do mkdir d; cd d; done",
};

for (const runtime of ["crun", "runc"] as const) {
  const images = suite<Stage>(`hostile images with ${runtime}`);

  images.before(async (stage) => {
    const testHost = await openTestHost();
    Object.assign(stage, { testHost, bundle: join(testHost.directory, "bundle") });
    testHost.sh(`mkdir ${testHost.directory}/outside; echo ${SECRET} >${testHost.directory}/outside/file
      echo 'secret:${SECRET}:0:0::/:/bin/sh' >>/etc/shadow; echo 'secret:${SECRET}:0:0::/:/bin/sh' >>/etc/passwd`);
  });
  images.after(({ testHost }) => testHost.close());

  for (const [name, script] of Object.entries(IMAGES)) {
    images(`${name} reads and writes nothing of the host`, (stage) => {
      writeBundle(stage.bundle, ["sh", "-c", LOOK], ASKING);
      const made = make(stage, script);
      assert.is(made.status, 0, made.stderr);
      const before = hostState(stage);
      const { status, stdout, stderr } = start(stage, runtime);
      assert.not.match(stdout + stderr, SECRET);
      // The runtime's own refusals have its own words.
      if (status === 0) assert.match(stdout, /^6[1-5]\d\d\d$/m);
      assert.is.not(status, 124, "it hangs");
      assert.not.match(stderr, "internal error");
      assert.equal(
        hostState(stage).filter((line) => !before.includes(line)),
        [],
      );
      stage.testHost.run([runtimePath(runtime), "delete", "--force", "hostile"]);
      stage.testHost.run([DYNUSER, "gc"]);
      assert.equal(tracesIn(stage.testHost), []);
    });
  }

  images("programs that are set-user-ID root grant nothing", (stage) => {
    writeBundle(stage.bundle, ["sh", "-c", "/suid -u; /data/suid -u; grep NoNewPrivs /proc/self/status"], ASKING);
    make(
      stage,
      "cp bin/busybox suid; ln bin/busybox data/suid; mv suid id.real; printf '' >x; cp id.real suid; chmod 6755 suid bin/busybox",
    );
    const { stdout, stderr } = start(stage, runtime);
    assert.not.match(stdout, /^0$/m, stderr);
    assert.match(stdout, /NoNewPrivs:\s1/);
  });

  images.run();
}

function make({ testHost, bundle }: Stage, script: string): Result {
  const up = "../..".repeat(20).slice(0, -1);
  return testHost.sh(`set -e; outside=${testHost.directory}/outside up=${up}; ${script}`, { cwd: `${bundle}/rootfs` });
}

function start({ testHost, bundle }: Stage, runtime: "crun" | "runc"): Result {
  return testHost.run(["timeout", "-k", "1", "60", runtimePath(runtime), "run", "--bundle", bundle, "hostile"]);
}

/** All that an image could want to change: what is outside of it, and the host's /etc. */
function hostState({ testHost }: Stage): readonly string[] {
  const find = `find ${testHost.directory}/outside /etc -mindepth 1 -not -name .pwd.lock -printf '%p %m %U %G %s %C@ %l\\n'`;
  return testHost.sh(find).stdout.split("\n");
}

/** In a directory that another user may write, the config can be replaced. */
const CONFIGS: Readonly<Record<string, string>> = {
  "a link to a file of the host": "rm config.json; ln -s ../outside/file config.json",
  "a link to another config": "mv config.json ../outside/; ln -s ../outside/config.json config.json",
  "a FIFO": "rm config.json; mkfifo config.json",
  "a device": "rm config.json; mknod config.json c 1 5",
  "a directory": "rm config.json; mkdir config.json",
  "four gigabytes": "truncate -s 4G config.json",
  "no JSON": `echo '{"annotations":{"dynuser/DynamicUser" ${SECRET}' >config.json`,
};

const bundles = suite<Stage>("hostile bundles");
bundles.before(async (stage) => {
  const testHost = await openTestHost();
  Object.assign(stage, { testHost, bundle: join(testHost.directory, "bundle") });
});
bundles.after(({ testHost }) => testHost.close());

for (const [name, script] of Object.entries(CONFIGS)) {
  bundles(`a config that is ${name} is refused in one line, and nothing is written`, (stage) => {
    const { testHost, bundle } = stage;
    writeBundle(bundle, ["true"], ASKING);
    testHost.sh(`rm -rf outside; mkdir outside; echo ${SECRET} >outside/file; cd bundle; ${script}`);
    const before = hostState(stage);
    const argv = ["prepare", "--runtime", "/usr/bin/crun", "--", "create", "--bundle", bundle, "c"];
    const { status, stdout, stderr } = testHost.run(["timeout", "-k", "1", "30", DYNUSER, ...argv]);
    assert.is(status, 125, stderr);
    assert.match(stderr, /^dynuser: cannot read "\S+\/config\.json": found .*\n$/);
    assert.not.match(stdout + stderr, SECRET);
    assert.equal(hostState(stage), before);
    assert.equal(tracesIn(testHost), []);
  });
}

bundles.run();
