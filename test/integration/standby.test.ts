import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AskingBundle, makeAskingBundle } from "../support/askingBundle.ts";
import { DIST } from "../support/dynuser.ts";
import { runtimePath, standbyCalls, startStandby, tracesIn } from "../support/engines.ts";
import { openWorld, type Result, type World } from "../support/world.ts";

/* A dynuser that stands by does what one started for the call would do, and who cannot have it starts one. */

interface Stage {
  world: World;
  bundle: AskingBundle;
  /** A line of shell in the bundle's directory, where $crun is our runtime. */
  sh(script: string): Result;
}

const standby = suite<Stage>("standby");

standby.before.each(async (stage) => {
  stage.world = await openWorld();
  stage.bundle = makeAskingBundle(stage.world, "/usr/bin/crun");
  stage.sh = (script) =>
    stage.world.sh(script, { cwd: stage.bundle.directory, env: { crun: runtimePath("crun"), DIST } });
  stage.bundle.write(["id", "-un"]);
});
standby.after.each(async ({ world }) => {
  const traces = tracesIn(world);
  await world.close();
  assert.equal(traces, []);
});

/** Scripts that ask for something, each with what it writes into the config. */
const CALLS: readonly (readonly [script: string, annotations: Readonly<Record<string, string>>])[] = [
  ["$crun run c", {}],
  ["$crun run --bundle . c", {}],
  ["cd / && $crun run --bundle=$OLDPWD c", {}],
  ["$crun --log log --log-format json run c; cat log; stat -c %a log", { Nope: "1" }],
  ["umask 077; $crun --log log run c; stat -c %a log", { StateDirectory: "/absolute" }],
  ["$crun --root root run c; ls root", {}],
  ["$crun run c 2>&1 >/dev/null", { Nope: "1" }],
  ["$crun run --nope c", {}],
  ["$crun run --bundle /nowhere c", {}],
  ["$crun restore c", {}],
  ["prlimit --nofile=1500:1500 $crun run c; grep -A2 NOFILE config.json", { LimitNOFILE: "1000:200000" }],
  ["sh $crun run c </dev/null", {}],
  ["sh -e $crun run --bundle . c", {}],
  ["exec 12<.; $crun run --bundle /proc/self/fd/12 c", {}],
  ["sed -i s/dynuser/other/g config.json; $crun run c </dev/null", {}],
  ["sed -i s/dynuser/other/g config.json; sed -i s/ociVersion/nothing/ config.json; $crun run c", {}],
  ["echo '{' >config.json; $crun run c", {}],
];

standby("it answers as one that was started for the call does", (stage) => {
  const observe = () =>
    CALLS.map(([script, annotations]) => {
      stage.bundle.write(
        ["sh", "-c", "id -un; readlink /proc/self/fd/0 | tr -d 0-9; grep files /proc/self/limits"],
        annotations,
      );
      const { status, stdout, stderr } = stage.sh(`(${script}); status=$?; rm -rf ./log ./root; exit $status`);
      const plain = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "");
      return [script, status, plain(stdout), plain(stderr)];
    });
  const alone = observe();
  startStandby(stage.world);
  assert.equal(observe(), alone);
  assert.ok(standbyCalls(stage.world) >= CALLS.length);
});

standby("who sees another host, or may do less, starts one of its own", ({ world, bundle, sh }) => {
  startStandby(world);
  const others = ["unshare --uts", "unshare --ipc", "unshare --cgroup", "setpriv --bounding-set=-syslog"];
  for (const other of others) {
    bundle.write(["id", "-un"], { StateDirectory: "%H" });
    const { stdout, stderr } = sh(`${other} sh -c 'echo 1 >/proc/self/oom_score_adj; exec $crun run c'`);
    assert.is(stdout, "web\n", `${other}: ${stderr}`);
  }
  bundle.write(["sh", "-c", "echo $STATE_DIRECTORY"], { StateDirectory: "%H" });
  assert.is(sh("unshare --uts sh -c 'hostname elsewhere; $crun run c'").stdout, "/var/lib/elsewhere\n");
});

standby("it is not asked from where files or processes are others", ({ world, sh }) => {
  startStandby(world);
  for (const other of ["--mount", "--pid --fork", "--pid --fork --mount-proc"]) {
    assert.is(sh(`unshare ${other} sh $(dirname $crun)/call release run:crun:nobody`).status, 0, other);
  }
  assert.is(standbyCalls(world), 0);
  assert.is(sh(`sh $(dirname $crun)/call release run:crun:nobody`).status, 0);
  assert.is(standbyCalls(world), 1);
});

standby("nobody but root can reach it", ({ world, sh }) => {
  startStandby(world);
  assert.is.not(sh("setpriv --reuid 1000 --clear-groups ls /run/dynuser/standby").status, 0);
});

standby("one that is busy is not waited for, and one that was killed neither", ({ world, bundle, sh }) => {
  startStandby(world);
  sh("for desk in /run/dynuser/standby/*; do touch $desk/taken; done");
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.is(standbyCalls(world), 0);
  sh("pkill -9 -x dynuser");
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  startStandby(world);
  assert.is(sh("ls /run/dynuser/standby | wc -l").stdout, "1\n");
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.ok(standbyCalls(world) > 0);
});

/** Runs the container while nobody answers, until it has asked. */
const ASK_IN_VAIN = `
  pkill -STOP -x dynuser
  $crun run c >out 2>&1 & asker=$!
  until [ -e /run/dynuser/standby/*/taken ]; do :; done`;

standby("killed while somebody waits for it, that one starts its own", ({ world, sh }) => {
  startStandby(world);
  assert.is(sh(`${ASK_IN_VAIN}; pkill -9 -x dynuser; wait $asker; cat out`).stdout, "web\n");
});

standby("told to end while it serves a hook, it finishes that one", ({ world, bundle, sh }) => {
  startStandby(world);
  const id = "a".repeat(64);
  const spec = JSON.parse(readFileSync(`${bundle.directory}/config.json`, "utf8"));
  const linux = { ...spec.linux, cgroupsPath: `/libpod-${id}` };
  const root = { path: `${bundle.directory}/rootfs` };
  writeFileSync(
    `${bundle.directory}/input`,
    JSON.stringify({ ...spec, root, linux, process: { ...spec.process, noNewPrivileges: false } }),
  );
  const { stdout } = sh(`
    exec 9>>/run/dynuser/lock; flock 9
    sh $DIST/libexec/call hook precreate <input >output 9>&- & asker=$!
    until [ "$(cat /proc/locks | grep -c -- '-> FLOCK')" -gt 0 ]; do :; done
    pkill -TERM -x dynuser; flock -u 9; wait $asker; echo $?
    jq -r .process.user.uid output
    while pgrep -x dynuser >/dev/null; do :; done
    $DIST/dynuser release podman:${id}`);
  assert.match(stdout, /^0\n6[0-9]{4}\n$/);
});

standby("a bundle that cannot be named in UTF-8 is refused, whoever reads it", ({ world, sh }) => {
  const script = `b=$(printf 'b\\377'); mkdir -p $b; cp config.json $b; ln -sfn ../rootfs $b/rootfs; $crun run --bundle $b c`;
  const refused = /found a name that is no UTF-8/;
  assert.match(sh(script).stderr, refused);
  startStandby(world);
  assert.match(sh(script).stderr, refused);
});

standby("it ends when the library that it compiles with has been replaced", ({ world, bundle, sh }) => {
  startStandby(world);
  assert.is(sh("$crun run c").stdout, "web\n");
  bundle.write(["id", "-un"]);
  sh(`pgrep -x dynuser >before
    library=$(readlink -f $(ldconfig -p | awk '/libseccomp.so.2 / { print $NF; exit }'))
    cp $library ./library; mount --bind ./library $library`);
  assert.is(sh("$crun run c").stdout, "web\n");
  sh("while kill -0 $(cat before) 2>/dev/null; do :; done");
});

standby("who was killed while it waited has had nothing done, and the next one is served", ({ world, bundle, sh }) => {
  startStandby(world);
  sh(`${ASK_IN_VAIN}; kill -9 $asker; wait $asker; pkill -CONT -x dynuser
    until [ "$(ls /run/dynuser/standby | cut -d - -f 2)" = 2 ]; do :; done`);
  assert.equal(tracesIn(world), []);
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.ok(standbyCalls(world) > 1);
});

standby("it ends when the loader would take other libraries", ({ world, sh }) => {
  startStandby(world);
  sh("pgrep -x dynuser >before; cp /etc/ld.so.cache new; mv new /etc/ld.so.cache");
  assert.is(sh("$crun run c").stdout, "web\n");
  sh("while kill -0 $(cat before) 2>/dev/null; do :; done");
});

standby("another version of it is not asked", ({ world, sh }) => {
  mkdirSync(join(world.directory, "other"));
  copyFileSync(join(DIST, "dynuser"), join(world.directory, "other/dynuser"));
  startStandby(world, join(world.directory, "other/dynuser"));
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.is(standbyCalls(world), 0);
});

standby("many at the same moment, and no descriptor stays open", ({ world, sh }) => {
  startStandby(world);
  const descriptors = () => sh("ls /proc/$(pgrep -o -x dynuser)/fd | wc -l").stdout;
  const many = `
    for number in $(seq 24); do
      mkdir -p $number; cp config.json $number; ln -sfn ../rootfs $number/rootfs
      [ $((number % 4)) != 0 ] || sed -i s/DynamicUser/Nope/ $number/config.json
      $crun run --bundle $number c$number >$number/out 2>&1 &
    done
    wait; cat */out | sort | uniq -c | sort -n`;
  assert.match(sh(many).stdout, /^ +6 dynuser: cannot read Nope=.*\n +18 web\n$/);
  assert.ok(standbyCalls(world) > 0);
  // the JavaScript engine has opened its own by then
  const before = descriptors();
  sh(many);
  assert.is(descriptors(), before);
});

standby.run();
