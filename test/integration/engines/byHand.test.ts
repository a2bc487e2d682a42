import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/* The runtime without an engine, as people call it and as engines call it at their worst. */

interface Stage {
  testHost: TestHost;
  /** What an engine writes anew for each start. */
  writeConfig(args: readonly string[]): void;
  runtime(...args: readonly string[]): Result;
}

const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;

for (const name of ["crun", "runc"] as const) {
  const byHand = suite<Stage>(`${name} by hand`);

  byHand.before(async (stage) => {
    const testHost = await openTestHost();
    const bundle = makeAskingBundle(testHost, PROGRAMS[name]);
    stage.testHost = testHost;
    stage.writeConfig = bundle.write;
    stage.runtime = (...args) => testHost.run([runtimePath(name), ...args], { cwd: bundle.directory });
  });
  byHand.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
  byHand.after(({ testHost }) => testHost.close());

  byHand("verbs that are passed on answer byte for byte as the runtime", ({ testHost }) => {
    const calls = [
      ["--version"],
      ["-v"],
      ["features"],
      ["list"],
      ["state", "nobody"],
      ["--root", "/run/elsewhere", "state", "nobody"],
      ["--root=/run/elsewhere", "--log", "log", "--log-format", "json", "kill", "nobody", "9"],
      ["delete", "nobody"],
      ["delete", "--force", "nobody"],
      ["pause", "nobody"],
      ["nonsense"],
    ];
    for (const args of calls) {
      // crun prints the time of an error that goes to a terminal or a log.
      const answer = (program: string) =>
        JSON.stringify(testHost.run([program, ...args])).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "");
      assert.is(answer(runtimePath(name)), answer(PROGRAMS[name]), args.join(" "));
    }
  });

  byHand("run, in the foreground", ({ writeConfig, runtime }) => {
    writeConfig(["sh", "-c", "id -un; exit 7"]);
    const { status, stdout, stderr } = runtime("run", "c");
    assert.equal([status, stdout], [7, "web\n"], stderr);
  });

  byHand("what a create that failed has left, the next call releases", ({ writeConfig, runtime }) => {
    writeConfig(["nonexistent"]);
    assert.is.not(runtime("create", "failing").status, 0);
    writeConfig(["true"]);
    assert.is(runtime("run", "next").status, 0);
  });

  byHand(
    "a start that was killed after its preparation is taken up by the next one of the container",
    ({ testHost, writeConfig, runtime }) => {
      writeConfig(["id", "-un"]);
      const prepare = `${DYNUSER} prepare --runtime ${PROGRAMS[name]} -- create c`;
      const killed = testHost.sh(`cd bundle && ${prepare}`);
      assert.is(killed.status, 0, killed.stderr);
      // As an engine that writes the config anew, and as one that does not.
      assert.is(runtime("run", "c").stdout, "web\n");
      writeConfig(["id", "-un"]);
      assert.is(runtime("run", "c").stdout, "web\n");
    },
  );

  byHand("exec by arguments gives no more than the container's process has", ({ testHost, writeConfig, runtime }) => {
    writeConfig(["sleep", "1000"]);
    testHost.sh(`cd bundle && ${runtimePath(name)} run --detach c </dev/null >out 2>&1`);
    const show = ["c", "sh", "-c", "id -un; grep -E 'CapEff|CapAmb|NoNew' /proc/self/status"];
    const { uid } = JSON.parse(readFileSync(join(testHost.directory, "bundle/config.json"), "utf8")).process.user;
    const plain = ["exec", "--user", `${uid}:${uid}`];
    const more = [
      ["--cap", "CAP_AUDIT_WRITE"],
      ["--user", "0"],
      ...(name === "runc" ? [["--no-new-privs=false"]] : []),
    ];
    for (const options of more) {
      const { status, stdout, stderr } = runtime(...plain, ...options, ...show);
      assert.is.not(status, 0, options.join(" "));
      assert.is(stdout, "");
      assert.match(stderr, "dynuser: cannot exec in the container: found ");
    }
    const { stdout, stderr } = runtime(...plain, ...show);
    assert.is(stdout, `web\nCapEff:\t${"0".repeat(16)}\nCapAmb:\t${"0".repeat(16)}\nNoNewPrivs:\t1\n`, stderr);
    runtime("delete", "--force", "c");
  });

  byHand(
    "exec by arguments runs as the container's user, whatever the runtime takes by default",
    ({ testHost, writeConfig, runtime }) => {
      writeConfig(["sleep", "1000"]);
      testHost.sh(`cd bundle && ${runtimePath(name)} run --detach c </dev/null >out 2>&1`);
      const command = "id -un; grep NoNew /proc/self/status; echo $A; pwd";
      const { stdout, stderr } = runtime("exec", "--env", "A=it's", "--cwd", "/tmp", "c", "sh", "-c", command);
      assert.is(stdout, "web\nNoNewPrivs:\t1\nit's\n/tmp\n", stderr);
      runtime("delete", "--force", "c");
    },
  );

  byHand("an unknown option is the runtime's to refuse, unless the container is a prepared one", (stage) => {
    const { testHost, writeConfig, runtime } = stage;
    const plain = testHost.sh(
      `mkdir plain && cd plain && ${PROGRAMS[name]} spec && ${runtimePath(name)} create --nope c`,
    );
    assert.not.match(plain.stderr, "dynuser");
    assert.not.match(testHost.sh(`cd plain && ${runtimePath(name)} exec --nope c id`).stderr, "dynuser");
    writeConfig(["sleep", "1000"]);
    const refused = /^dynuser: cannot read the arguments of \w+: found "--nope", expected an option of crun or runc\n$/;
    assert.match(runtime("create", "--nope", "c").stderr, refused);
    for (const bundle of ["-b=bundle", "--bundle=bundle", "-bbundle", "-bundle bundle"]) {
      assert.match(testHost.sh(`${runtimePath(name)} create --nope ${bundle} c`).stderr, refused, bundle);
    }
    assert.match(testHost.sh(`${runtimePath(name)} create --nope --bundle bundle c`).stderr, refused);
    testHost.sh(`cd bundle && ${runtimePath(name)} run --detach c </dev/null >out 2>&1`);
    assert.match(testHost.sh(`${runtimePath(name)} exec --nope c id`).stderr, refused);
    runtime("delete", "--force", "c");
  });

  byHand("a relative --root is the same directory by whatever name the current one is reached", (stage) => {
    const { testHost, writeConfig } = stage;
    writeConfig(["sleep", "1000"]);
    testHost.sh(
      `ln -sfn bundle link; cd bundle && ${runtimePath(name)} --root state run --detach c </dev/null >out 2>&1`,
    );
    const call = (words: string) => testHost.sh(`cd link && ${runtimePath(name)} --root state ${words}`);
    const exec = call("exec --no-new-privs --user 0 c id");
    assert.match(exec.stderr, "dynuser: cannot exec in the container");
    assert.is(call("delete --force c").status, 0);
  });

  byHand(
    "a refusal is one JSON object in the log, the same line on standard error, and nothing else",
    ({ testHost, writeConfig, runtime }) => {
      writeConfig(["true"]);
      testHost.sh("mkdir -p /etc/dynuser; echo 'engines: {other: {policy: tighten}}' >/etc/dynuser/config.yaml");
      const { status, stdout, stderr } = runtime("--log", "log", "--log-format=json", "create", "c");
      testHost.sh("rm -r /etc/dynuser");
      assert.equal([status, stdout], [1, ""]);
      const { level, msg } = JSON.parse(readFileSync(join(testHost.directory, "bundle/log"), "utf8"));
      assert.equal([level, `${msg}\n`], ["error", stderr]);
      assert.match(
        msg,
        /^dynuser: cannot take DynamicUser= .*: policy of other is tighten, .*; cannot take StateDirectory= /,
      );
      assert.not.match(msg, /permission denied|operation not permitted|no such file or directory/i);
    },
  );

  byHand.run();
}
