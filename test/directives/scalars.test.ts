import { test } from "uvu";
import * as assert from "uvu/assert";
import { contextOf, DYNAMIC, planOf } from "../support/bundles/plan.ts";
import { factsOfImage } from "../support/hosts/facts.ts";

const INFINITY = 2n ** 64n - 1n;

test("the umask is octal", () => {
  assert.equal(planOf("UMask", "UMask=0077"), [{ kind: "process", field: "umask", value: 0o77 }]);
});

test("resource limits within the host's hard limits are set unchanged", () => {
  assert.equal(planOf("LimitNOFILE", "LimitNOFILE=1024:4096"), [
    { kind: "rlimit", type: "RLIMIT_NOFILE", soft: 1024n, hard: 4096n },
  ]);
  assert.equal(planOf("LimitCORE", "LimitCORE=infinity"), [
    { kind: "rlimit", type: "RLIMIT_CORE", soft: INFINITY, hard: INFINITY },
  ]);
});

test("resource limits above the host's hard limits are lowered with a warning", () => {
  assert.equal(planOf("LimitNOFILE", "LimitNOFILE=1024:infinity", { facts: { hardLimit: () => 4096n } }), [
    { kind: "rlimit", type: "RLIMIT_NOFILE", soft: 1024n, hard: 4096n },
    {
      kind: "warning",
      text: "lowering LimitNOFILE= to 4096: found infinity, expected at most the caller's hard limit",
    },
  ]);
});

const facts = factsOfImage({ rootfs: { "/srv": "directory", "/file": "file", "/home/alice": "directory" } });
const cwd = (value: string) => ({ kind: "process", field: "cwd", value });

test("a missing working directory is an error unless it is optional", () => {
  assert.equal(planOf("WorkingDirectory", "WorkingDirectory=/srv/", { facts }), [cwd("/srv")]);
  assert.equal(planOf("WorkingDirectory", "WorkingDirectory=-/none", { facts }), [
    cwd("/"),
    { kind: "warning", text: 'starting in /: found no directory "/none"' },
  ]);
  for (const path of ["/none", "/file"]) {
    assert.throws(
      () => planOf("WorkingDirectory", `WorkingDirectory=${path}`, { facts }),
      `cannot honour WorkingDirectory=: found no directory "${path}" in the container, expected one, or a "-" before it`,
    );
  }
});

test("a working directory is none that a process has open", () => {
  for (const path of ["/proc/self/fd/7", "/proc/1/root", "/proc/thread-self/cwd"]) {
    assert.throws(
      () => planOf("WorkingDirectory", `WorkingDirectory=${path}`, { facts }),
      "refers to an open file of a process",
    );
  }
});

test("a working directory may lie in a mount or in a directory of the service", () => {
  const spec = { ociVersion: "1.0.2", mounts: [{ destination: "/data/" }] };
  assert.equal(planOf("WorkingDirectory", "WorkingDirectory=/data/x", { facts, spec }), [cwd("/data/x")]);
  assert.throws(() => planOf("WorkingDirectory", "WorkingDirectory=/data2", { facts, spec }));
  const settings = "DynamicUser=yes\nStateDirectory=web\nWorkingDirectory=%S/web";
  assert.equal(planOf("WorkingDirectory", settings, { facts, identity: DYNAMIC }), [cwd("/var/lib/web")]);
});

test("~ is the user's home and is refused for a dynamic user", () => {
  const identity = { ...DYNAMIC, leased: false, home: "/home/alice" };
  assert.equal(planOf("WorkingDirectory", "User=alice\nWorkingDirectory=~", { facts, identity }), [cwd("/home/alice")]);
  assert.throws(
    () => contextOf("DynamicUser=yes\nWorkingDirectory=~"),
    "cannot honour WorkingDirectory=~: found DynamicUser=yes, expected a path as a dynamic user has no home",
  );
});

test.run();
