import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeAskingBundle } from "../support/askingBundle.ts";
import { DYNUSER } from "../support/dynuser.ts";
import { runtimePath, tracesIn } from "../support/engines.ts";
import { openWorld, type Result, type World } from "../support/world.ts";

/* The runtime without an engine, as people call it and as engines call it at their worst. */

interface Stage {
  world: World;
  /** What an engine writes anew for each start. */
  writeConfig(args: readonly string[]): void;
  runtime(...args: readonly string[]): Result;
}

const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;

for (const name of ["crun", "runc"] as const) {
  const byHand = suite<Stage>(`${name} by hand`);

  byHand.before(async (stage) => {
    const world = await openWorld();
    const bundle = makeAskingBundle(world, PROGRAMS[name]);
    stage.world = world;
    stage.writeConfig = bundle.write;
    stage.runtime = (...args) => world.run([runtimePath(name), ...args], { cwd: bundle.directory });
  });
  byHand.after.each(({ world }) => assert.equal(tracesIn(world), []));
  byHand.after(({ world }) => world.close());

  byHand("verbs that are passed on answer byte for byte as the runtime", ({ world }) => {
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
      // crun tells the time of an error where that goes to a terminal or a log.
      const answer = (program: string) =>
        JSON.stringify(world.run([program, ...args])).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "");
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
    ({ world, writeConfig, runtime }) => {
      writeConfig(["id", "-un"]);
      const prepare = `${DYNUSER} prepare --runtime ${PROGRAMS[name]} -- create c`;
      const killed = world.sh(`cd bundle && ${prepare}`);
      assert.is(killed.status, 0, killed.stderr);
      // As an engine that writes the config anew, and as one that does not.
      assert.is(runtime("run", "c").stdout, "web\n");
      writeConfig(["id", "-un"]);
      assert.is(runtime("run", "c").stdout, "web\n");
    },
  );

  byHand(
    "a refusal is one JSON object in the log, the same line on standard error, and nothing else",
    ({ world, writeConfig, runtime }) => {
      writeConfig(["true"]);
      world.sh("mkdir -p /etc/dynuser; echo 'engines: {other: {policy: tighten}}' >/etc/dynuser/config.yaml");
      const { status, stdout, stderr } = runtime("--log", "log", "--log-format=json", "create", "c");
      world.sh("rm -r /etc/dynuser");
      assert.equal([status, stdout], [1, ""]);
      const { level, msg } = JSON.parse(readFileSync(join(world.directory, "bundle/log"), "utf8"));
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
