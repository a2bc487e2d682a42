import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, standbyCalls, startStandby, tracesIn } from "../../support/engines/engines.ts";
import { type AskingBundle, makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { askStandby } from "../../support/engines/standbyRequests.ts";
import { DIST } from "../../support/hosts/dynuser.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/* A standby process does what a process started for the call would do; without one the caller starts a process. */

interface Stage {
  testHost: TestHost;
  bundle: AskingBundle;
  /** A line of shell in the bundle's directory, where $crun is our runtime. */
  sh(script: string): Result;
}

const standby = suite<Stage>("standby");

standby.before.each(async (stage) => {
  stage.testHost = await openTestHost();
  stage.bundle = makeAskingBundle(stage.testHost, "/usr/bin/crun");
  stage.sh = (script) =>
    stage.testHost.sh(script, { cwd: stage.bundle.directory, env: { crun: runtimePath("crun"), DIST } });
  stage.bundle.write(["id", "-un"]);
});
standby.after.each(async ({ testHost }) => {
  const traces = tracesIn(testHost);
  await testHost.close();
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

standby("its answers are those of a process started for the call", (stage) => {
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
  startStandby(stage.testHost);
  assert.equal(observe(), alone);
  assert.ok(standbyCalls(stage.testHost) >= CALLS.length);
});

standby("a caller that sees another host or has fewer rights is not served", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  const others = [
    "unshare --uts",
    "unshare --ipc",
    "unshare --cgroup",
    "unshare --net",
    "unshare --time",
    "setpriv --bounding-set=-syslog",
    "setpriv --no-new-privs",
  ];
  for (const other of others) {
    bundle.write(["id", "-un"], { StateDirectory: "%H" });
    const { stdout, stderr } = sh(`${other} sh -c 'echo 1 >/proc/self/oom_score_adj; exec $crun run c'`);
    assert.is(stdout, "web\n", `${other}: ${stderr}`);
  }
  bundle.write(["sh", "-c", "echo $STATE_DIRECTORY"], { StateDirectory: "%H" });
  assert.is(sh("unshare --uts sh -c 'hostname elsewhere; $crun run c'").stdout, "/var/lib/elsewhere\n");
});

standby("a caller with other files or processes does not ask it", ({ testHost, sh }) => {
  startStandby(testHost);
  for (const other of ["--mount", "--pid --fork", "--pid --fork --mount-proc"]) {
    assert.is(sh(`unshare ${other} sh $(dirname $crun)/call release run:crun:nobody`).status, 0, other);
  }
  assert.is(standbyCalls(testHost), 0);
  assert.is(sh(`sh $(dirname $crun)/call release run:crun:nobody`).status, 0);
  assert.is(standbyCalls(testHost), 1);
});

standby("only root can reach it", ({ testHost, sh }) => {
  startStandby(testHost);
  assert.is.not(sh("setpriv --reuid 1000 --clear-groups ls /run/dynuser/standby").status, 0);
});

standby("a caller does not wait for a busy or a killed one", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  sh("for desk in /run/dynuser/standby/*; do touch $desk/taken; done");
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.is(standbyCalls(testHost), 0);
  sh("pkill -9 -x dynuser");
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  startStandby(testHost);
  assert.is(sh("ls /run/dynuser/standby | wc -l").stdout, "1\n");
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.ok(standbyCalls(testHost) > 0);
});

/** Runs the container while no process answers, until it has asked. */
const ASK_IN_VAIN = `
  pkill -STOP -x dynuser
  $crun run c >out 2>&1 & asker=$!
  until [ -e /run/dynuser/standby/*/taken ]; do :; done`;

standby("a caller starts a process when the standby process is killed while it waits", ({ testHost, sh }) => {
  startStandby(testHost);
  assert.is(sh(`${ASK_IN_VAIN}; pkill -9 -x dynuser; wait $asker; cat out`).stdout, "web\n");
});

standby("SIGTERM while it serves a hook lets it finish", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  const id = "a".repeat(64);
  const spec = JSON.parse(readFileSync(`${bundle.directory}/config.json`, "utf8"));
  const linux = { ...spec.linux, cgroupsPath: `/libpod-${id}` };
  const root = { path: `${bundle.directory}/rootfs` };
  writeFileSync(
    `${bundle.directory}/input`,
    JSON.stringify({ ...spec, root, linux, process: { ...spec.process, noNewPrivileges: false } }),
  );
  const { stdout } = sh(`
    mkdir -p /etc/dynuser; echo 'engines: { podman: { directories: own } }' >/etc/dynuser/config.yaml
    flock -o /run/dynuser/lock sleep 1000 >/dev/null 2>&1 & locker=$!
    until grep -q "FLOCK .* $locker " /proc/locks; do :; done
    sh $DIST/libexec/call hook precreate <input >output & asker=$!
    until grep -q -- '-> FLOCK' /proc/locks; do :; done
    pkill -TERM -x dynuser; kill $locker; wait $asker; echo $?
    jq -r .process.user.uid output
    while pgrep -x dynuser >/dev/null; do :; done
    $DIST/dynuser release podman:${id}`);
  assert.match(stdout, /^0\n6[0-9]{4}\n$/);
});

standby("a bundle that cannot be named in UTF-8 is refused with and without it", ({ testHost, sh }) => {
  const script = `b=$(printf 'b\\377'); mkdir -p $b; cp config.json $b; ln -sfn ../rootfs $b/rootfs; $crun run --bundle $b c`;
  const refused = /found a name that is no UTF-8/;
  assert.match(sh(script).stderr, refused);
  startStandby(testHost);
  assert.match(sh(script).stderr, refused);
});

standby("it ends when the library that it compiles with has been replaced", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  assert.is(sh("$crun run c").stdout, "web\n");
  bundle.write(["id", "-un"]);
  sh(`pgrep -x dynuser >before
    library=$(readlink -f $(ldconfig -p | awk '/libseccomp.so.2 / { print $NF; exit }'))
    cp $library ./library; mount --bind ./library $library`);
  assert.is(sh("$crun run c").stdout, "web\n");
  sh("while kill -0 $(cat before) 2>/dev/null; do :; done");
});

standby("a caller of one that is stopped kills it after 5 s, and does the work itself", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  const { stdout } = sh(`pgrep -x dynuser >before; pkill -STOP -x dynuser; begin=$(date +%s); $crun run c
    echo $(($(date +%s) - begin)); ! kill -0 $(cat before) 2>/dev/null && echo gone`);
  const [name, seconds, state] = stdout.trim().split("\n");
  assert.equal([name, state], ["web", "gone"]);
  assert.ok(Number(seconds) < 12, seconds);
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
});

standby("it leaves no core dump and cannot be traced without CAP_SYS_PTRACE", ({ testHost, sh }) => {
  startStandby(testHost);
  assert.match(sh("grep core /proc/$(pgrep -x dynuser)/limits").stdout, /^Max core file size +0 +0 /);
  const script = "readlink /proc/$(pgrep -x dynuser)/fd/0";
  assert.is(sh(script).status, 0);
  assert.is.not(sh(`setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace sh -c '${script}'`).status, 0);
});

/** What executes it as root of the host leaves a trace. */
const EVIL =
  "mkdir -p evil; printf '#!/bin/sh\\nid >>evil/executed\\n' >evil/crun; chmod 755 evil/crun; evil=$PWD/evil/crun";
const WRITE = `for word in $(pgrep -x dynuser) $$ 1; do
    for line in /run/dynuser/standby/*/* /dev/pts/[0-9]*; do
      echo "$word $word $word 2 prepare --runtime $evil -- create c" >$line
      echo "$word $word 0 prepare --runtime $evil -- create c" >$line
    done
  done 2>/dev/null; true`;

standby("root without capabilities, no_new_privs or in a sandbox has nothing executed by it", ({ testHost, sh }) => {
  startStandby(testHost);
  const sandbox = "-p DynamicUser=no -p CapabilityBoundingSet= -p NoNewPrivileges=yes -p ProtectSystem=strict";
  for (const around of [
    "setpriv --bounding-set=-all --inh-caps=-all",
    "setpriv --no-new-privs",
    "unshare --mount",
    `$DIST/dynuser run ${sandbox} --`,
  ]) {
    sh(`${EVIL}; export evil; ${around} sh -c '${WRITE}'`);
    assert.is(sh("cat evil/executed").stdout, "", around);
    assert.is(sh("$crun --version >/dev/null; pgrep -cx dynuser").stdout, "1\n", around);
  }
});

standby("a runtime that the script does not know is not called for a proven caller", ({ testHost, sh }) => {
  startStandby(testHost);
  const ask = `set -- /run/dynuser/standby/*; echo >$1/taken; parent=$$
    answer=$(exec 9<>$1/line; read -r self rest </proc/self/stat; echo "$self $parent $parent 0 $request" >&9; read -r answer <&9; echo $answer)
    echo "$answer"; until set -- /run/dynuser/standby/* && [ $# = 1 ] && [ ! -e $1/taken ]; do :; done`;
  const answer = (request: string) => sh(`${EVIL}; request="${request}"; ${ask}`).stdout;
  assert.is(answer("release run:crun:nothing"), "0\n");
  for (const request of [
    "prepare --runtime $evil -- create c",
    "prepare --runtime /usr/bin/../../$evil --",
    "prepare --runtime /usr/bin/crun -- create c",
    "release ../../etc",
    "hook precreate more",
    "run true",
    "toString",
  ])
    assert.is(answer(request), "-\n", request);
  assert.is(sh("cat evil/executed").stdout, "");
});

standby("nothing is done for a caller that was killed, and the next one is served", ({ testHost, bundle, sh }) => {
  startStandby(testHost);
  sh(`${ASK_IN_VAIN}; kill -9 $asker; wait $asker; pkill -CONT -x dynuser
    until [ "$(ls /run/dynuser/standby | cut -d - -f 2)" = 2 ]; do :; done`);
  assert.equal(tracesIn(testHost), []);
  bundle.write(["id", "-un"]);
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.ok(standbyCalls(testHost) > 1);
});

standby("it ends when the loader would take other libraries", ({ testHost, sh }) => {
  startStandby(testHost);
  sh("pgrep -x dynuser >before; cp /etc/ld.so.cache new; mv new /etc/ld.so.cache");
  assert.is(sh("$crun run c").stdout, "web\n");
  sh("while kill -0 $(cat before) 2>/dev/null; do :; done");
});

standby("it ends when nothing has been asked for as long as --idle says", ({ sh }) => {
  assert.equal(sh("$DIST/dynuser standby --idle 1s; echo $?; ls /run/dynuser/standby").stdout, "0\n");
  assert.match(sh("$DIST/dynuser standby --idle soon").stderr, /^dynuser: cannot read --idle: /);
});

standby("another version of it is not asked", ({ testHost, sh }) => {
  mkdirSync(join(testHost.directory, "other"));
  copyFileSync(join(DIST, "dynuser"), join(testHost.directory, "other/dynuser"));
  startStandby(testHost, join(testHost.directory, "other/dynuser"));
  assert.is(sh("$crun run c").stdout, "web\n");
  assert.is(standbyCalls(testHost), 0);
});

standby("many at the same moment, and no descriptor stays open", ({ testHost, sh }) => {
  startStandby(testHost);
  // once the slot that was answered last has gone
  const wait = '[ "$(ls /run/dynuser/standby | wc -l)" = 1 ]';
  const descriptors = () => Number(sh(`until ${wait}; do :; done; ls /proc/$(pgrep -o -x dynuser)/fd | wc -l`).stdout);
  const many = `
    for number in $(seq 24); do
      mkdir -p $number; cp config.json $number; ln -sfn ../rootfs $number/rootfs
      [ $((number % 4)) != 0 ] || sed -i s/DynamicUser/Nope/ $number/config.json
      $crun run --bundle $number c$number >$number/out 2>&1 &
    done
    wait; cat */out | sort | uniq -c | sort -n`;
  assert.match(sh(many).stdout, /^ +6 dynuser: cannot read Nope=.*\n +18 web\n$/);
  assert.ok(standbyCalls(testHost) > 0);
  // the JavaScript engine has opened its own by then
  const before = descriptors();
  sh(many);
  assert.ok(descriptors() <= before);
});

standby("a thousand requests leave umask, limits, directory, descriptors and memory as they were", () =>
  askStandby(10),
);

standby.run();
