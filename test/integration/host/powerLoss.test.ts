import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

/* What a hard reset of the host must not take. */

const ANNOTATIONS = { "dynuser/DynamicUser": "yes", "dynuser/StateDirectory": "lasting" };

/** The calls of a preparation, in their order. */
function trace(directory: string): readonly string[] {
  const file = `${directory}/trace`;
  const create = ["--", "create", "--bundle", directory, "lasting"];
  const prepare = [DYNUSER, "prepare", "--runtime", "/usr/bin/crun", ...create];
  const strace = ["-y", "-e", "trace=fsync,mkdirat", "-o", file, ...prepare];
  const { status, stderr } = spawnSync("strace", strace, { encoding: "utf8" });
  assert.is(status, 0, stderr);
  dynuser(["release", "run:crun:lasting"]);
  return readFileSync(file, "utf8").split("\n");
}

test("the record of a container's directory is on the disk before the directory is made; a known one is not awaited", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/rootfs`);
    const process = { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } };
    const root = { path: "rootfs" };
    const config = { ociVersion: "1.0.2", process, root, linux: {}, annotations: ANNOTATIONS };
    writeFileSync(`${directory}/config.json`, JSON.stringify(config));
    const [first, second] = [trace(directory), trace(directory)];
    const made = first.findIndex((line) => /^mkdirat\(.*"lasting"/.test(line));
    const synced = first.flatMap((line, at) => (/^fsync\(.*directories/.test(line) ? [at] : []));
    assert.is(synced.length, 2);
    assert.ok(Math.max(...synced) < made, first.join("\n"));
    assert.not(second.some((line) => line.startsWith("fsync")));
  });
  const { code, errors } = dynuser(["state", "clean", "--force", "--what=all", "/var/lib/private/lasting"]);
  assert.is(code, 0, errors);
});

test.run();
