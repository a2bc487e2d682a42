import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claim } from "../../../src/identity/claim.ts";
import { collect } from "../../../src/identity/collect.ts";
import { recordExpectation } from "../../../src/identity/expectation.ts";
import { openRegistry } from "../../../src/identity/openRegistry.ts";
import type { Registry } from "../../../src/identity/registry.ts";
import { release } from "../../../src/identity/release.ts";
import { flock, LOCK_EX } from "../../../src/sys/kernel/libc.ts";
import { hostNames } from "../../../src/sys/names/hostNames.ts";
import type { Names } from "../../../src/sys/names/names.ts";
import { withScratch, withTmpfs } from "../../support/hosts/scratch.ts";
import { attach } from "../../support/identity/attach.ts";
import {
  dynamicRequest,
  SCRATCH_RANGE,
  type ScratchRegistry,
  scratchRegistry,
} from "../../support/identity/registry.ts";

const { first: FIRST } = SCRATCH_RANGE;
/** The UIDs that the hashes of the names select. */
const FOO = FIRST + 1832;
const WEB = FIRST + 2220;

/** A test with its own allocator, which must be empty at the end. */
function leaseTest(
  title: string,
  run: (registry: ScratchRegistry, directory: string) => void,
  settings: Partial<Registry> = {},
) {
  test(title, () =>
    withScratch((directory) => {
      const registry = scratchRegistry(directory, settings);
      run(registry, directory);
      assert.equal(filesOf(registry), [], "nothing is held at the end");
    }),
  );
}

function filesOf({ paths }: Registry): readonly string[] {
  const directories = [`${paths.stateDir}/holders`, `${paths.stateDir}/leases`, paths.userdb, paths.dynamicUids];
  return directories
    .flatMap((path) => (fs.existsSync(path) ? fs.readdirSync(path) : []))
    .filter((name) => !name.includes("damaged"));
}

/** A process that has ended and is reaped. */
function deadProcess(): number {
  return spawnSync("true").pid;
}

/** Rewrites what a holder's file says, as a killed process or a fault would leave it. */
function editHolder(registry: Registry, id: string, change: Record<string, unknown>): void {
  const path = `${registry.paths.stateDir}/holders/${id}.json`;
  const holder = JSON.parse(fs.readFileSync(path, "utf8"));
  fs.writeFileSync(path, JSON.stringify({ ...holder, ...change }));
}

function killClaimer(registry: Registry, id: string): void {
  const path = `${registry.paths.stateDir}/holders/${id}.json`;
  const { claimer } = JSON.parse(fs.readFileSync(path, "utf8"));
  editHolder(registry, id, { claimer: { ...claimer, pid: deadProcess() } });
}

leaseTest("a name gets systemd's UID, as user and as group, and releases it", (registry) => {
  const { identity } = claim(dynamicRequest("foo", "c"), registry);
  assert.equal(identity, {
    name: "foo",
    groupName: "foo",
    uid: FOO,
    gid: FOO,
    leased: true,
    groupLeased: true,
    groups: [FOO],
  });
  release("c", registry);
});

leaseTest("the owner of a directory of the service is the first candidate", (registry, directory) => {
  fs.mkdirSync(`${directory}/state`);
  fs.chownSync(`${directory}/state`, FIRST + 815, FIRST + 815);
  fs.mkdirSync(`${directory}/foreign`);
  const owners = [`${directory}/missing`, `${directory}/foreign`, `${directory}/state`];
  assert.is(claim(dynamicRequest("foo", "c", { owners }), registry).identity.uid, FIRST + 815);
  release("c", registry);
});

leaseTest("containers of one name share the UID; it goes with the last one", (registry) => {
  assert.is(claim(dynamicRequest("foo", "a"), registry).identity.uid, FOO);
  assert.is(claim(dynamicRequest("foo", "b"), registry).identity.uid, FOO);
  release("a", registry);
  assert.ok(fs.existsSync(`${registry.paths.userdb}/foo.user`));
  release("b", registry);
});

leaseTest("another group is a second lease, shared with a user of that name", (registry) => {
  const { identity } = claim(dynamicRequest("foo", "a", { groupName: "web" }), registry);
  assert.is(identity.uid, FOO);
  assert.is(identity.gid, WEB);
  assert.is(claim(dynamicRequest("web", "b"), registry).identity.uid, WEB);
  release("a", registry);
  assert.is(claim(dynamicRequest("web", "c"), registry).identity.uid, WEB);
  release("c", registry);
  release("b", registry);
});

leaseTest("a released UID rests before another name may have it, the same name may at once", (registry) => {
  const range = { first: FIRST, last: FIRST + 1 };
  const small = { ...registry, range };
  const first = claim(dynamicRequest("foo", "a"), small).identity.uid;
  release("a", registry);
  assert.is(claim(dynamicRequest("foo", "a"), small).identity.uid, first);
  release("a", registry);
  for (const name of ["bar", "baz", "qux"]) {
    assert.is.not(claim(dynamicRequest(name, "b"), small).identity.uid, first, name);
    release("b", registry);
    fs.rmSync(`${registry.paths.stateDir}/uids/${FIRST + FIRST + 1 - first}`);
  }
});

leaseTest("under pressure the UID that has rested longest goes first", (registry) => {
  const small = { ...registry, range: { first: FIRST, last: FIRST + 2 } };
  for (const name of ["a", "b", "c"]) claim(dynamicRequest(name, name), small);
  const second = claim(dynamicRequest("b", "again"), small).identity.uid;
  release("again", registry);
  release("b", registry);
  const path = `${registry.paths.stateDir}/uids/${second}`;
  const rested = JSON.parse(fs.readFileSync(path, "utf8"));
  release("a", registry);
  fs.writeFileSync(path, JSON.stringify({ ...rested, restingSince: rested.restingSince - 5 }));
  assert.is(claim(dynamicRequest("d", "d"), small).identity.uid, second);
  release("c", registry);
  release("d", registry);
});

leaseTest("the error of a full range names the holders, and the last free UID is found", (registry) => {
  const small = { ...registry, range: { first: FIRST, last: FIRST + 99 } };
  for (let i = 0; i < 100; i++) claim(dynamicRequest(`n${i}`, `c${i}`), small);
  assert.throws(
    () => claim(dynamicRequest("late", "late"), small),
    /^cannot give "late" a user: found all 100 UIDs from \d+ to \d+ taken, 100 by containers \(n\d+, .*…\), 0 by others/,
  );
  for (let i = 0; i < 100; i++) release(`c${i}`, registry);
});

leaseTest("systemd's locked UID is skipped, its unlocked file is not", (registry) => {
  const { dynamicUids } = registry.paths;
  fs.mkdirSync(dynamicUids);
  fs.writeFileSync(`${dynamicUids}/${FOO}`, "other\n");
  assert.is(claim(dynamicRequest("foo", "a"), registry).identity.uid, FOO);
  release("a", registry);
  fs.rmSync(`${registry.paths.stateDir}/uids/${FOO}`);

  const descriptor = fs.openSync(`${dynamicUids}/${FOO}`, "w");
  flock(descriptor, LOCK_EX);
  assert.is.not(claim(dynamicRequest("foo", "a"), registry).identity.uid, FOO);
  fs.closeSync(descriptor);
  release("a", registry);
  fs.rmSync(`${dynamicUids}/${FOO}`);
});

const TAKEN: Names = {
  findUser: (key) =>
    key === FOO || key === "static" ? { name: "static", uid: 700, gid: 701, home: "/", shell: "" } : undefined,
  findGroup: (key) => (key === "lone" || key === WEB ? { name: "lone", gid: 702 } : undefined),
  groupsOf: (_name, gid) => [gid, 5],
};

leaseTest(
  "a UID that is a user or a group of the host is skipped",
  (registry) => {
    for (const name of ["foo", "web"]) {
      const { uid } = claim(dynamicRequest(name, name), registry).identity;
      assert.not.ok([FOO, WEB].includes(uid), name);
      release(name, registry);
    }
  },
  { names: TAKEN },
);

leaseTest(
  "a user of the host is used as it is",
  (registry) => {
    const { identity } = claim(dynamicRequest("static", "c"), registry);
    assert.equal(identity, {
      name: "static",
      groupName: "static",
      uid: 700,
      gid: 701,
      leased: false,
      groupLeased: false,
      groups: [701, 5],
    });
    release("c", registry);
    const grouped = claim(dynamicRequest("foo", "c", { groupName: "lone" }), registry).identity;
    assert.equal([grouped.gid, grouped.leased, grouped.groupLeased], [702, true, false]);
    release("c", registry);
    const numeric = claim(dynamicRequest("1", "c"), registry).identity;
    assert.equal([numeric.uid, numeric.gid, numeric.leased], [1, 1, false]);
    release("c", registry);
  },
  { names: TAKEN },
);

leaseTest(
  "names that cannot be are refused in one line, and nothing is left",
  (registry) => {
    const refused: readonly (readonly [Parameters<typeof dynamicRequest>[2] & object, RegExp])[] = [
      [{ name: "lone" }, /cannot use User=lone for a dynamic user: found a group of that name/],
      [{ name: "foo", groupName: "static" }, /cannot use Group=static for a dynamic user: found a user of that name/],
      [{ name: "my.app" }, /cannot use User=: found "my.app", expected/],
      [{ name: "a\nb" }, /cannot use User=: found "a\\nb", expected/],
      [{ name: "../x" }, /cannot use User=: found/],
      [{ name: "4294967295" }, /cannot use User=: found "4294967295"/],
      [{ name: "foo", dynamic: false }, /cannot use User=: found no user "foo" on the host/],
      [{ name: "foo", holder: { id: "../x", pid: process.pid } }, /cannot use container ID "..\/x"/],
    ];
    for (const [more, message] of refused)
      assert.throws(() => claim(dynamicRequest("foo", "c", more), registry), message);
  },
  { names: TAKEN },
);

leaseTest("a UID with IPC objects is not used; the last holder's objects are removed with it", (registry) => {
  const { sharedMemory, messageQueues } = registry.paths;
  fs.mkdirSync(`${sharedMemory}/d`);
  fs.writeFileSync(`${sharedMemory}/d/left`, "");
  fs.lchownSync(`${sharedMemory}/d/left`, 0, FOO);
  assert.is.not(claim(dynamicRequest("foo", "a"), registry).identity.uid, FOO);
  release("a", registry);
  assert.ok(fs.existsSync(`${sharedMemory}/d/left`));
  fs.rmSync(`${sharedMemory}/d`, { recursive: true });
  fs.rmSync(`${registry.paths.stateDir}/uids`, { recursive: true });
  fs.mkdirSync(`${registry.paths.stateDir}/uids`);

  const { uid, gid } = claim(dynamicRequest("foo", "a"), registry).identity;
  fs.writeFileSync(`${registry.paths.stateDir}/../victim`, "");
  fs.symlinkSync(`${registry.paths.stateDir}/../victim`, `${sharedMemory}/link`);
  fs.mkdirSync(`${sharedMemory}/own/deep`, { recursive: true });
  fs.writeFileSync(`${messageQueues}/queue`, "");
  for (const path of ["link", "own/deep", "own"]) fs.lchownSync(`${sharedMemory}/${path}`, uid, gid);
  fs.chownSync(`${messageQueues}/queue`, 0, gid);
  fs.writeFileSync(`${sharedMemory}/foreign`, "");
  const object = spawnSync("setpriv", [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "ipcmk",
    "-M",
    "64",
    "-S",
    "1",
    "-Q",
  ]);
  assert.is(object.status, 0, String(object.stderr));
  release("a", registry);
  assert.equal(fs.readdirSync(sharedMemory), ["foreign"]);
  assert.equal(fs.readdirSync(messageQueues), []);
  assert.ok(fs.existsSync(`${registry.paths.stateDir}/../victim`));
  for (const kind of ["shm", "sem", "msg"])
    assert.not.match(fs.readFileSync(`/proc/sysvipc/${kind}`, "utf8"), String(uid));
});

leaseTest("what was recorded is undone by the last holder that needs it", (registry) => {
  const remove = (path: string) => ({ kind: "remove", path, links: [] }) as const;
  claim(dynamicRequest("foo", "a"), registry);
  claim(dynamicRequest("foo", "b"), registry);
  recordExpectation("a", { releases: [remove("/run/shared"), remove("/run/a"), remove("/run/above")] }, registry);
  recordExpectation("b", { releases: [remove("/run/shared"), remove("/run/above/below")] }, registry);
  release("a", registry);
  assert.equal(registry.performed, [remove("/run/a")]);
  release("b", registry);
  assert.equal(registry.performed.slice(1), [remove("/run/shared"), remove("/run/above/below"), remove("/run/above")]);
});

leaseTest("the next claim releases what a killed claimer left, and nothing that lives", (registry) => {
  claim(dynamicRequest("foo", "dead"), registry);
  claim(dynamicRequest("web", "alive"), registry);
  recordExpectation("dead", { releases: [{ kind: "remove", path: "/run/foo", links: [] }] }, registry);
  killClaimer(registry, "dead");
  claim(dynamicRequest("bar", "next"), registry);
  assert.equal(registry.performed, [{ kind: "remove", path: "/run/foo", links: [] }]);
  assert.equal(fs.readdirSync(`${registry.paths.stateDir}/holders`).sort(), ["alive.json", "next.json"]);
  release("alive", registry);
  release("next", registry);
});

leaseTest("an attached container keeps its user when the claimer ends, until its init ends", (registry) => {
  const init = spawn("sleep", ["100"]);
  claim(dynamicRequest("foo", "c"), registry);
  attach("c", init.pid!, registry);
  killClaimer(registry, "c");
  collect(registry);
  assert.ok(fs.existsSync(`${registry.paths.stateDir}/holders/c.json`));
  assert.throws(() => claim(dynamicRequest("foo", "c"), registry), /found one of that ID, PID \d+, expected a new ID/);
  init.kill("SIGKILL");
  spawnSync("tail", [`--pid=${init.pid}`, "-s", "0.01", "-f", "/dev/null"], { timeout: 2000 });
  collect(registry);
});

leaseTest("a claim whose container its runtime knows to run is attached instead of collected", (registry) => {
  const here = claim(dynamicRequest("foo", "c"), registry).holder.claimer;
  killClaimer(registry, "c");
  collect({ ...registry, findInit: () => here });
  assert.is(JSON.parse(fs.readFileSync(`${registry.paths.stateDir}/holders/c.json`, "utf8")).phase, "attached");
  release("c", registry);
});

leaseTest(
  "a claim is kept when its runtime fails, and collected when the runtime has deleted the container",
  (registry, directory) => {
    const runtime = { path: "/bin/false", root: directory, id: "c" };
    fs.mkdirSync(`${directory}/c`);
    claim(dynamicRequest("foo", "c"), registry);
    recordExpectation("c", { runtime }, registry);
    killClaimer(registry, "c");
    collect(registry);
    assert.ok(fs.existsSync(`${registry.paths.stateDir}/holders/c.json`));
    fs.rmdirSync(`${directory}/c`);
    collect(registry);
  },
);

for (const name of ["crun", "runc"]) {
  leaseTest(`a claim is attached to the container that ${name} runs, and goes when it ends`, (registry, directory) => {
    const runtime = {
      path: spawnSync("which", [name], { encoding: "utf8" }).stdout.trim(),
      root: `${directory}/state`,
      id: "c",
    };
    const plain = ["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh"];
    const call = (...args: readonly string[]) =>
      spawnSync(plain[0]!, [...plain.slice(1), runtime.path, "--root", runtime.root, ...args], {
        stdio: ["ignore", args[0] === "state" ? "pipe" : "ignore", "inherit"],
        encoding: "utf8",
      });
    writeBundle(directory);
    claim(dynamicRequest("foo", "c"), registry);
    recordExpectation("c", { runtime }, registry);
    killClaimer(registry, "c");
    assert.is(call("run", "--detach", "--bundle", directory, "c").status, 0);
    try {
      collect(registry);
      const { phase, init } = JSON.parse(fs.readFileSync(`${registry.paths.stateDir}/holders/c.json`, "utf8"));
      assert.is(phase, "attached");
      assert.is(init.pid, JSON.parse(call("state", "c").stdout).pid);
    } finally {
      call("delete", "--force", "c");
    }
    collect(registry);
  });
}

/** A bundle that sleeps in the host's busybox. */
function writeBundle(directory: string): void {
  fs.mkdirSync(`${directory}/rootfs/bin`, { recursive: true });
  fs.copyFileSync("/bin/busybox", `${directory}/rootfs/bin/sleep`);
  const namespaces = ["mount", "pid"].map((type) => ({ type }));
  const config = {
    ociVersion: "1.0.2",
    process: { args: ["/bin/sleep", "1000"], cwd: "/", user: { uid: 0, gid: 0 }, env: [] },
    root: { path: "rootfs" },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
    ],
    linux: { namespaces, cgroupsPath: `/dynuser-test-${process.pid}` },
  };
  fs.writeFileSync(`${directory}/config.json`, JSON.stringify(config));
}

leaseTest("after a reboot everything is released, and no process is killed", (registry) => {
  const cgroups = [`${registry.paths.cgroups}/never-touched`];
  const { holder } = claim(dynamicRequest("foo", "c"), registry);
  recordExpectation("c", { cgroups }, registry);
  editHolder(registry, "c", { claimer: { ...holder.claimer, bootId: "earlier" } });
  collect(registry);
});

leaseTest("processes of a user without a cgroup are ended before the user goes", (registry) => {
  const { uid } = claim(dynamicRequest("foo", "c"), registry).identity;
  const child = spawnSync("bash", [
    "-c",
    `setpriv --reuid=${uid} --clear-groups sleep 100 >/dev/null 2>&1 & echo $!; wait $! &`,
  ]);
  const pid = Number(child.stdout);
  spawnSync("bash", ["-c", `until grep -q 'Uid:.${uid}' /proc/${pid}/status; do :; done`], { timeout: 5000 });
  release("c", registry);
  assert.not.ok(/^State:\t[^ZX]/m.test(statusText(pid)));
});

function statusText(pid: number): string {
  return fs.existsSync(`/proc/${pid}/status`) ? fs.readFileSync(`/proc/${pid}/status`, "utf8") : "";
}

for (const [version, parent] of Object.entries(cgroupParents())) {
  leaseTest(`everything in the container's cgroup is ended, forks included (${version})`, (registry) => {
    const cgroup = `${parent}/dynuser-test-${process.pid}`;
    fs.mkdirSync(`${cgroup}/child`, { recursive: true });
    claim(dynamicRequest("foo", "c"), registry);
    recordExpectation("c", { cgroups: [cgroup] }, registry);
    const script = `echo $$ >${cgroup}/child/cgroup.procs; sleep 100 >/dev/null 2>&1 & setsid sleep 100 >/dev/null 2>&1 &`;
    spawnSync("bash", ["-c", script]);
    assert.is(fs.readFileSync(`${cgroup}/child/cgroup.procs`, "utf8").trim().split("\n").length, 2);
    release("c", registry);
    assert.not.ok(fs.existsSync(cgroup));
  });
}

/** A writable hierarchy of each version that this host has. */
function cgroupParents(): Readonly<Record<string, string>> {
  const parents: Record<string, string> = {};
  for (const line of fs.readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, path = "", type] = line.split(" ");
    if (type === "cgroup2") parents["version 2"] ??= path;
    if (type === "cgroup" && path.endsWith("/pids")) parents["version 1"] ??= path;
  }
  return parents;
}

leaseTest("a cgroup that holds more than the container is never killed", (registry) => {
  claim(dynamicRequest("foo", "c"), registry);
  const [own] = Object.values(cgroupParents());
  recordExpectation("c", { cgroups: [own!] }, registry);
  assert.throws(() => release("c", registry), /found a cgroup that is not its own/);
  editHolder(registry, "c", { cgroups: [] });
  release("c", registry);
});

leaseTest("a damaged holder is set aside, grants nothing and blocks no other claim", (registry) => {
  claim(dynamicRequest("foo", "c"), registry);
  fs.writeFileSync(`${registry.paths.stateDir}/holders/c.json`, "{");
  claim(dynamicRequest("web", "d"), registry);
  assert.match(registry.warnings.join("\n"), /found no valid holder in .*c\.json, set aside as .*c\.json\.damaged-\d+/);
  release("d", registry);
  assert.is(claim(dynamicRequest("foo", "e"), registry).identity.uid, FOO);
  release("e", registry);
});

leaseTest("a UID whose file is damaged is never given to another name", (registry) => {
  claim(dynamicRequest("foo", "c"), registry);
  for (const text of ["", "{", "null", "5", '{"name":5}', '{"name":"foo","restingSince":"x"}']) {
    fs.writeFileSync(`${registry.paths.stateDir}/uids/${FOO}`, text);
    const small = { ...registry, range: { first: FOO, last: FOO } };
    assert.throws(() => claim(dynamicRequest("bar", "d"), small), /found all 1 UIDs/, text);
  }
  fs.writeFileSync(`${registry.paths.stateDir}/uids/${FOO}`, '{"name":"foo","memberOf":[]}');
  release("c", registry);
});

leaseTest("a claim that was killed between two steps is void", (registry) => {
  const { stateDir, userdb } = registry.paths;
  claim(dynamicRequest("foo", "c"), registry);
  fs.rmSync(`${stateDir}/holders/c.json`);
  const range = { first: FOO, last: FOO + 1 };
  assert.is(claim(dynamicRequest("bar", "d"), { ...registry, range }).identity.uid, FOO + 1);
  assert.is(claim(dynamicRequest("foo", "e"), registry).identity.uid, FOO, "the same name has it back");
  release("e", registry);
  release("d", registry);

  claim(dynamicRequest("foo", "c"), registry);
  fs.rmSync(`${stateDir}/holders/c.json`);
  fs.rmSync(`${stateDir}/leases/foo`, { recursive: true });
  assert.ok(fs.existsSync(`${userdb}/foo.user`));
  collect(registry);
});

leaseTest("a failure while publishing leaves nothing", (registry) => {
  const { userdb } = registry.paths;
  fs.mkdirSync(userdb, { mode: 0o755 });
  fs.writeFileSync(`${userdb}/${FOO}.group`, '{"groupName":"other"}');
  assert.throws(() => claim(dynamicRequest("foo", "c"), registry), /found a record of another program/);
  assert.equal(fs.readdirSync(userdb), [`${FOO}.group`]);
  fs.rmSync(`${userdb}/${FOO}.group`);
});

test("a disk that fills up at any step of a claim leaves nothing held, and one line says where", () =>
  withTmpfs("nr_inodes=64,mode=755", (directory) => {
    const registry = scratchRegistry(directory);
    release(claim(dynamicRequest("foo", "first"), registry).holder.id, registry);
    fs.rmSync(`${registry.paths.stateDir}/uids/${FOO}`);
    const fill = `${directory}/fill`;
    fs.mkdirSync(fill);
    const fillers = fillDisk(fill);
    let failures = 0;
    for (const filler of fillers) {
      try {
        claim(dynamicRequest("foo", "c", { groupName: "web" }), registry);
        break;
      } catch (error) {
        failures += 1;
        assert.match(
          String(error),
          /^UserError: cannot claim a user for container "c": \w+ \/.*: No space left on device$/,
        );
        assert.equal(filesOf(registry), [], `after failure ${failures}`);
        assert.equal(fs.readdirSync(`${registry.paths.stateDir}/uids`), []);
      }
      fs.rmSync(filler);
    }
    assert.ok(failures > 10, `${failures} steps failed`);
    for (const filler of fs.readdirSync(fill)) fs.rmSync(`${fill}/${filler}`);
    release("c", registry);
    assert.equal(filesOf(registry), []);
  }));

/** As many empty files as the file system takes. */
function fillDisk(directory: string): readonly string[] {
  const files: string[] = [];
  for (;;) {
    const path = `${directory}/${files.length}`;
    try {
      fs.writeFileSync(path, "");
    } catch {
      return files;
    }
    files.push(path);
  }
}

test("only root can lock a lease", () =>
  withScratch((directory) => {
    fs.chmodSync(directory, 0o755);
    const registry = scratchRegistry(directory);
    claim(dynamicRequest("foo", "c"), registry);
    const asNobody = ["--reuid=65534", "--clear-groups", "flock", "-n"];
    for (const path of ["lock", "leases/foo"]) {
      assert.is.not(spawnSync("setpriv", [...asNobody, `${registry.paths.stateDir}/${path}`, "true"]).status, 0, path);
    }
    release("c", registry);
  }));

test("a state directory that others can write is refused", () =>
  withScratch((directory) => {
    fs.mkdirSync(`${directory}/own`);
    fs.chmodSync(`${directory}/own`, 0o775);
    assert.throws(() => scratchRegistry(directory), /cannot keep files in .*found UID 0, mode 0775, expected/);
    fs.chmodSync(`${directory}/own`, 0o755);
    fs.chownSync(`${directory}/own`, 1, 1);
    assert.throws(() => scratchRegistry(directory), /found UID 1, mode 0755/);
  }));

test("the host's own tools know the user while it is held", () => {
  const warnings: string[] = [];
  const registry = openRegistry({ perform: () => undefined, warn: (text) => void warnings.push(text) });
  const id = `dynuser-test-${process.pid}`;
  const getent = (database: string, key: string | number) =>
    spawnSync("getent", [database, String(key)], {
      encoding: "utf8",
      env: { ...process.env, SYSTEMD_NSS_DYNAMIC_BYPASS: "1" },
    }).stdout;
  const { uid, groups } = claim(dynamicRequest("dynusertest", id, { supplementary: ["tty", "5"] }), registry).identity;
  const line = `dynusertest:x:${uid}:${uid}:Dynamic User:/:/usr/sbin/nologin\n`;
  try {
    if (!/^passwd:.*systemd/m.test(fs.readFileSync("/etc/nsswitch.conf", "utf8")))
      return console.log("SKIP no nss-systemd");
    assert.is(getent("passwd", "dynusertest"), line);
    assert.is(getent("passwd", uid), line);
    assert.is(getent("group", uid), `dynusertest:x:${uid}:\n`);
    assert.equal(groups, [uid]);
    assert.ok(fs.existsSync("/run/userdb/dynusertest:tty.membership"));
    assert.not.ok(fs.existsSync("/run/userdb/dynusertest:5.membership"), "a number is no group's name");
    assert.is(claim(dynamicRequest("dynusertest", `${id}-2`), registry).identity.leased, true);
    release(`${id}-2`, registry);
  } finally {
    release(id, registry);
  }
  assert.is(getent("passwd", "dynusertest"), "");
  assert.not.ok(hostNames().findUser(uid));
  assert.not.ok(fs.existsSync("/run/userdb/dynusertest:tty.membership"));
  assert.equal(warnings, []);
});

leaseTest(
  "a group of another name does not get the user's UID, which the owner of its directory suggests",
  (registry, directory) => {
    const state = `${directory}/state`;
    fs.mkdirSync(state);
    fs.chownSync(state, FOO + 7, FOO + 7);
    const { identity } = claim({ ...dynamicRequest("foo", "one"), groupName: "web", owners: [state] }, registry);
    assert.is(identity.uid, FOO + 7);
    assert.is.not(identity.gid, identity.uid);
    release("one", registry);
  },
);

test.run();
