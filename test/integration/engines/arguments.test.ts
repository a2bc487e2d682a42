import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { type AskingBundle, makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { RUNTIMES } from "../../support/engines/runtimes.ts";
import { has } from "../../support/engines/versionLimits.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/* What was judged is what runs: calls of a runtime that different parsers read differently. */

interface Stage {
  testHost: TestHost;
  bundle: AskingBundle;
  /** A line of shell in which $W is the wrapper. */
  sh(line: string): Result;
}

/** What a process in the container says of itself. */
const PROBE = ["sh", "-c", "id -un; grep -E '^(CapEff|NoNew)' /proc/self/status"];
const PREPARED = `web\nCapEff:\t${"0".repeat(16)}\nNoNewPrivs:\t1\n`;
const EXEC_PROBE = `sh -c "${PROBE[2]}"`;

for (const { name, title, program, install } of RUNTIMES) {
  const args = suite<Stage>(`arguments of ${title}`);

  args.before(async (stage) => {
    const testHost = await openTestHost("with roots");
    install(testHost);
    stage.testHost = testHost;
    stage.bundle = makeAskingBundle(testHost, program);
    // the working directory that nsenter gives is one of another mount namespace
    stage.sh = (line) => testHost.sh(`cd "$D"; ${line}`, { env: { W: runtimePath(name), D: testHost.directory } });
  });
  args.after.each(({ sh, testHost }) => {
    sh("$W delete --force c");
    assert.equal(tracesIn(testHost), []);
  });
  args.after(({ testHost }) => testHost.close());

  /** Each starts the container as prepared, or nothing. */
  const STARTS = [
    "run c -b bundle",
    "run c --bundle=bundle",
    "run --no-pivot c -bundle bundle",
    "run -b=bundle c",
    "run -bundle c",
    "run -bundle bundle c",
    "run -bbundle c",
    "run --bun bundle c",
    "run --bundle bundle/x/.. c",
    "run --bundle link/../bundle c",
    "--root /run/../run/other run --bundle $D/bundle -- c",
    "run -f bundle/own.json -b bundle c",
    "run -f $D/bundle/own.json -b bundle c",
    "run -fconfig.json -b bundle c",
    "run -b bundle --x -- c",
    "run --bundle bundle -h=0 c",
    // what only the caller has open
    "run --bundle /proc/self/fd/0 c <bundle",
    "run --bundle /dev/stdin c <bundle",
    "run --bundle /proc/self/fd/5 c 5<bundle",
    "run --bundle /dev/fd/5 c 5<bundle",
    "run --bundle $D/opened c 5<bundle",
    "run --bundle /proc/thread-self/cwd/bundle c",
    "--root /proc/self/fd/5 run --bundle bundle c 5<elsewhere",
    "run -f /proc/self/fd/5 -b bundle c 5<bundle/config.json",
  ];

  args("a container that asks is prepared or not started, in every spelling of its bundle", ({ sh, bundle }) => {
    for (const line of STARTS) {
      bundle.write(PROBE);
      sh(
        "mkdir -p bundle/x elsewhere/inner; ln -sfn elsewhere/inner link; ln -sfn /proc/self/fd/5 opened; ln -sfn ../bundle elsewhere/bundle; cp bundle/config.json bundle/own.json",
      );
      const { status, stdout, stderr } = sh(`$W ${line}`);
      if (status === 0) assert.is(stdout, PREPARED, line);
      else assert.is(stdout.includes("root"), false, `${line}: ${stdout}${stderr}`);
    }
  });

  args("options after the ID, where the runtime takes them, start the container of that bundle", ({ sh, bundle }) => {
    bundle.write(PROBE);
    const { status, stdout, stderr } = sh("$W run c -b bundle");
    if (name === "runc") assert.is(stdout, PREPARED, stderr);
    else assert.equal([status, stdout], [1, ""]);
  });

  args("a bundle of the current directory is another one than the bundle of the options", ({ sh, bundle }) => {
    bundle.write(PROBE);
    sh(
      `mkdir -p plain; ln -sfn ../bundle/rootfs plain/rootfs; (cd plain && ${program} spec; sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"id"/' config.json)`,
    );
    for (const line of ["run -b=../bundle c", "run c -b ../bundle", "run -bundle=../bundle c"]) {
      const { stdout } = sh(`cd plain && $W ${line}`);
      assert.ok(stdout === "" || stdout === PREPARED, `${line}: ${stdout}`);
    }
  });

  const spellings = [
    `/run/${name}`,
    `/var/run/${name}`,
    `/run/../run/${name}`,
    `../../run/${name}`,
    `/proc/self/root/run/${name}`,
    "/run/bound",
  ];

  /** Each runs a process as the container does, or none. */
  const OTHER_NAMES = [
    "$W exec ./c PROBE",
    "$W exec d PROBE",
    "$W --root other exec e PROBE",
    `$W --root /run/${name}/c exec '' PROBE`,
    `cd other; $W --root /run/${name}/c exec . PROBE`,
    `$W --root /proc/self/fd/5 exec c PROBE 5</run/${name}`,
    `$W --root /dev/fd/5 exec c PROBE 5</run/${name}`,
    `$W --root $D/opened exec c PROBE 5</run/${name}`,
    `$W --root /proc/self/fd/0 exec c PROBE </run/${name}`,
    "XDG_RUNTIME_DIR=/var/run $W exec c PROBE",
    "XDG_RUNTIME_DIR=/proc/self/fd/5 $W exec c PROBE 5</run",
  ];

  args("exec knows a prepared container by its directory, in every spelling of the root", ({ sh, bundle }) => {
    bundle.write(["sleep", "1000"]);
    sh(
      `mkdir -p /run/bound /run/${name}; cd bundle; $W run --detach c </dev/null >out 2>&1; mount --bind /run/${name} /run/bound`,
    );
    for (const root of spellings) {
      for (const line of ["exec c", "exec --cwd / c", "exec -e A=1 -- c"]) {
        const { stdout, stderr } = sh(`$W --root ${root} ${line} ${EXEC_PROBE}`);
        assert.is(stdout, PREPARED, `${root} ${line}: ${stderr}`);
      }
      const asRoot = sh(`$W --root ${root} exec --user 0 c id`);
      assert.is(asRoot.stdout, "", root);
      assert.match(asRoot.stderr, 'dynuser: cannot exec in the container: found --user "0"');
    }
    sh(
      `umount /run/bound; ln -s c /run/${name}/d; mkdir other; ln -s /run/${name}/c other/e; ln -s /proc/self/fd/5 opened`,
    );
    for (const line of OTHER_NAMES) {
      const { stdout } = sh(line.replace("PROBE", EXEC_PROBE));
      assert.ok([PREPARED, ""].includes(stdout), `${line}: ${stdout}`);
    }
    sh(`rm /run/${name}/d`);
  });

  args("exec needs no options to run as the container does", ({ sh, bundle }) => {
    bundle.write(["sleep", "1000"]);
    sh("cd bundle; $W run --detach c </dev/null >out 2>&1");
    const { stdout, stderr } = sh(`$W exec c ${EXEC_PROBE}`);
    assert.is(stdout, PREPARED, stderr);
  });

  const PROCESS = { user: { uid: 0, gid: 0 }, cwd: "/", args: PROBE };
  const CAPABILITIES = { bounding: ["CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN"], permitted: ["CAP_SYS_ADMIN"] };

  args("the process file that runs is the one that was read, in every spelling of it", ({ sh, bundle, testHost }) => {
    bundle.write(["sleep", "1000"]);
    sh("cd bundle; $W run --detach c </dev/null >out 2>&1");
    const text = JSON.stringify({ ...PROCESS, capabilities: CAPABILITIES });
    for (const file of ["p.json", "=p.json", "rocess=p.json"]) writeFileSync(join(testHost.directory, file), text);
    for (const option of [
      "-p p.json",
      "-p=p.json",
      "-process=p.json",
      "--process=p.json",
      "--process p.json",
      "-dpp.json",
    ]) {
      const { stdout } = sh(`$W exec ${option} c`);
      assert.not.match(stdout, "root", option);
    }
    assert.is(readFileSync(join(testHost.directory, "p.json"), "utf8"), text);
  });

  args("a process file that Go would read otherwise is refused", ({ sh, bundle, testHost }) => {
    bundle.write(["sleep", "1000"]);
    sh("cd bundle; $W run --detach c </dev/null >out 2>&1");
    for (const more of [
      '"User": {"uid": 0, "gid": 0}',
      '"Capabilities": {}',
      '"NoNewPrivilege\u017f": false',
      '"cwd": "/tmp"',
    ]) {
      writeFileSync(join(testHost.directory, "p.json"), JSON.stringify(PROCESS).replace(/\}$/, `, ${more}}`));
      const { status, stdout, stderr } = sh("$W exec --process p.json c");
      assert.equal([status, stdout], [1, ""], `${more}: ${stderr}`);
      assert.match(stderr, 'dynuser: cannot read "p.json": found ');
    }
  });

  const DOUBLES = [
    '"Process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["id", "-un"]}',
    '"proce\u017fs": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["id", "-un"]}',
    '"annotations": {}',
    '"\\u0061nnotations": {}',
    '"process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["id", "-un"]}',
  ];

  args("a config with a member that readers understand differently is refused", ({ sh, bundle }) => {
    const config = join(bundle.directory, "config.json");
    for (const double of DOUBLES) {
      bundle.write(PROBE);
      const text = readFileSync(config, "utf8");
      for (const changed of [text.replace(/\}$/, `, ${double}}`), text.replace(/^\{/, `{${double}, `)]) {
        writeFileSync(config, changed);
        const { status, stdout, stderr } = sh("$W run --bundle bundle c");
        assert.equal([status, stdout], [1, ""], double);
        assert.match(stderr, /^dynuser: cannot read ".*config\.json": found (the|a) member/);
      }
    }
  });

  args("exec stays in the container's cgroup", ({ sh, bundle }) => {
    bundle.write(["sleep", "1000"]);
    sh("cd bundle; $W run --detach c </dev/null >out 2>&1");
    for (const path of ["..", "../../..", "pids:.."]) {
      const { stdout, stderr } = sh(`$W exec --cgroup ${path} c id`);
      assert.is(stdout, "", path);
      assert.match(
        stderr,
        `dynuser: cannot exec in the container: found --cgroup "${path}", expected one below its own`,
      );
    }
  });

  args("update changes no limit that the settings have set", ({ sh, bundle, testHost }) => {
    bundle.write(["sleep", "1000"], { TasksMax: "50" });
    sh("cd bundle; $W run --detach c </dev/null >out 2>&1");
    writeFileSync(join(testHost.directory, "r.json"), '{"pids": {"limit": 5000}}');
    for (const line of [
      "--pids-limit 5000 c",
      "--resources r.json c",
      "-r r.json c",
      "--resources - c <r.json",
      "--resources=- c <r.json",
    ]) {
      const { status, stderr } = sh(`$W update ${line}`);
      assert.is(status, 1, line);
      assert.match(stderr, "dynuser: cannot update the container: found pids.limit 5000, expected pids.limit 50");
    }
    for (const text of ['{"Pids": {"limit": 5000}}', '{"pids": {"limit": 5000}, "pids": {"limit": 50}}']) {
      writeFileSync(join(testHost.directory, "r.json"), text);
      assert.match(sh("$W update --resources r.json c").stderr, "dynuser: cannot update the container: found ", text);
    }
    const equal = sh(`echo '{"pids": {"limit": 50}}' | $W update --resources - c`);
    assert.not.match(equal.stderr, "dynuser");
    assert.not.match(sh(`$W update --cpu-share 512 c`).stderr, "dynuser");
    assert.match(sh("$W mounts add c r.json").stderr, "dynuser: cannot change the mounts of the container");
  });

  args("an edit of a bundle that was prepared counts, and the bare runtime can run it", ({ sh, bundle }) => {
    const config = join(bundle.directory, "config.json");
    const edit = (args: readonly string[]) => {
      const spec = JSON.parse(readFileSync(config, "utf8"));
      writeFileSync(config, JSON.stringify({ ...spec, process: { ...spec.process, args } }));
    };
    bundle.write(["true"]);
    assert.is(sh("$W run --bundle bundle c").status, 0);
    edit(PROBE);
    assert.is(sh("$W run --bundle bundle c").stdout, PREPARED);
    assert.is(sh(`${program} run --bundle bundle c`).stdout.split("\n")[0], "root");
    sh("$W run --detach --bundle bundle c </dev/null >out 2>&1");
    edit(["echo", "edited while it ran"]);
    sh("$W delete --force c");
    assert.is(sh("$W run --bundle bundle c").stdout, "edited while it ran\n");
  });

  args("standard input from /dev/null is that, unless the runtime would give it away", ({ sh, bundle, testHost }) => {
    bundle.write(["readlink", "/proc/self/fd/0"]);
    const { stdout } = sh("$W run --bundle bundle c </dev/null");
    assert.match(stdout, name === "crun" && has(testHost, "crunLeavesDevNull") ? /^\/dev\/null$/m : /^pipe:/);
    assert.is(sh("stat -c %u /dev/null").stdout, "0\n");
  });

  args.run();
}
