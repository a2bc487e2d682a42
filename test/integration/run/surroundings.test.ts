import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeBundle } from "../../support/bundles/bundle.ts";
import { runtimePath } from "../../support/engines/engines.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/** Every program and configuration file that the caller could slip in leaves a file when it is executed or read. */

const BINARY = join(import.meta.dirname, "../../../dist/dynuser");

interface Stage {
  testHost: TestHost;
  /** A directory with everything that a JavaScript program might load. */
  trap: string;
  canary: string;
}

const surroundings = suite<Stage>("surroundings");

surroundings.before(async (stage) => {
  const testHost = await openTestHost();
  const trap = join(testHost.directory, "trap");
  Object.assign(stage, { testHost, trap, canary: join(testHost.directory, "canary") });
  writeTrap(stage);
});
surroundings.before.each(({ canary }) => rmSync(canary, { force: true }));
surroundings.after(({ testHost }) => testHost.close());

function writeTrap({ trap, canary }: Stage): void {
  const script = `require("node:fs").writeFileSync(${JSON.stringify(canary)}, "executed");\n`;
  const files = {
    "preload.js": script,
    "bunfig.toml":
      'preload = ["./preload.js"]\n[run]\npreload = ["./preload.js"]\n[test]\npreload = ["./preload.js"]\n',
    ".env": `BUN_OPTIONS=--preload ${trap}/preload.js\nPATH=${trap}\n`,
    ".env.local": `BUN_OPTIONS=--preload ${trap}/preload.js\n`,
    "package.json":
      '{"type":"commonjs","main":"./preload.js","scripts":{"preinstall":"node preload.js"},"imports":{"#x":"./preload.js"}}',
    "tsconfig.json":
      '{"compilerOptions":{"paths":{"yaml":["./preload.js"],"*":["./preload.js"]},"jsxImportSource":"./preload.js"}}',
    "deno.json": '{"imports":{"yaml":"./preload.js"}}',
    "index.js": script,
    "main.ts": script,
    "node_modules/yaml/index.js": script,
    "node_modules/yaml/package.json": '{"name":"yaml","main":"index.js"}',
    "node_modules/bun-ffi/index.js": script,
    profile: "DynamicUser: yes\n",
    rc: `: >${canary}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(trap, name, ".."), { recursive: true });
    writeFileSync(join(trap, name), content);
  }
  for (const name of ["crun", "runc", "env", "grep", "date", "sh", "cat", "dynuser", "mount", "getent"]) {
    writeFileSync(join(trap, name), `#!/bin/sh\n: >${canary}\n`);
    chmodSync(join(trap, name), 0o755);
  }
}

/** Variables that some program would follow; the dynamic linker's are in a test of their own. */
function hostile({ trap, canary }: Stage): Readonly<Record<string, string>> {
  const script = `${trap}/preload.js`;
  return {
    BUN_OPTIONS: `--preload ${script}`,
    BUN_BE_BUN: "1",
    BUN_INSPECT: "127.0.0.1:6499",
    BUN_INSPECT_PRELOAD: script,
    BUN_INSPECT_CONNECT_TO: "127.0.0.1:6499",
    BUN_JSC_functionOverrides: `${trap}/rc`,
    BUN_JSC_dumpOptions: "1",
    BUN_BYTECODE_ORDER_OUT: canary,
    BUN_BYTECODE_DIGEST_OUT: canary,
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: trap,
    BUN_CONFIG_VERBOSE_FETCH: "1",
    BUN_INSTALL: trap,
    NODE_OPTIONS: `--require ${script}`,
    NODE_PATH: `${trap}/node_modules`,
    NODE_CHANNEL_FD: "0",
    NODE_COMPILE_CACHE: trap,
    NODE_REDIRECT_WARNINGS: canary,
    DENO_DIR: trap,
    PATH: trap,
    IFS: "/rn",
    ENV: `${trap}/rc`,
    BASH_ENV: `${trap}/rc`,
    CDPATH: trap,
    HOME: trap,
    XDG_CONFIG_HOME: trap,
    XDG_RUNTIME_DIR: trap,
    XDG_STATE_HOME: trap,
    TMPDIR: trap,
    LISTEN_FDS: "3",
    NOTIFY_SOCKET: `${trap}/notify`,
    TZ: `:${trap}/rc`,
    LANG: "../../x",
  };
}

function call(
  { testHost, trap }: Stage,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Result {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return testHost.run(["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...variables, ...command], {
    cwd: trap,
  });
}

const CALLS: Readonly<Record<string, readonly string[]>> = {
  "--version": ["--version"],
  show: ["show", "--profile", "profile", "--name", "web", "--", "id"],
  run: ["run", "-p", "DynamicUser=yes", "--name", "web", "--", "env"],
  "run with a profile": ["run", "--profile", "profile", "--name", "web", "--", "env"],
};

for (const [name, args] of Object.entries(CALLS)) {
  surroundings(`${name}: nothing of the current directory is executed or believed`, (stage) => {
    const { status, stderr } = call(stage, [BINARY, ...args]);
    assert.is(status, 0, stderr);
    assert.not(existsSync(stage.canary));
  });

  surroundings(`${name}: nothing of the environment is executed or believed, or gets in`, (stage) => {
    const clean = call(stage, [BINARY, ...args]);
    const found = call(stage, [BINARY, ...args], hostile(stage));
    assert.not(existsSync(stage.canary));
    assert.is(found.status, 0, found.stderr);
    assert.is(found.stdout, clean.stdout);
    assert.is(found.stderr, clean.stderr);
  });
}

surroundings("each variable alone changes nothing either", (stage) => {
  const args = [BINARY, "show", "--profile", "profile", "--name", "web", "--", "id"];
  const { stdout } = call(stage, args);
  for (const [name, value] of Object.entries(hostile(stage))) {
    const found = call(stage, args, { [name]: value });
    assert.equal([found.status, found.stdout, found.stderr], [0, stdout, ""], name);
    assert.not(existsSync(stage.canary), name);
  }
});

surroundings(
  "the dynamic linker's variables, which act before any program, go no further than our own process",
  (stage) => {
    const env = { LD_PRELOAD: "/nonexistent.so", LD_LIBRARY_PATH: stage.trap, LD_AUDIT: "" };
    const { stdout, status } = call(stage, [BINARY, "run", "-p", "DynamicUser=yes", "--name", "web", "--", "env"], env);
    assert.is(status, 0);
    assert.not.match(stdout, "LD_");
  },
);

for (const runtime of ["crun", "runc"] as const) {
  surroundings(`${runtime} through the trampoline: nothing of where it is called is executed or believed`, (stage) => {
    const bundle = join(stage.trap, `bundle-${runtime}`);
    writeBundle(bundle, ["env"], { DynamicUser: "yes", Name: "web" });
    const run = (id: string, env = {}) => call(stage, [runtimePath(runtime), "run", "--bundle", bundle, id], env);
    const clean = run("clean");
    assert.is(clean.status, 0, clean.stderr);
    writeBundle(bundle, ["env"], { DynamicUser: "yes", Name: "web" });
    // runc itself reads XDG_RUNTIME_DIR and TMPDIR
    const { XDG_RUNTIME_DIR: _, TMPDIR: __, LISTEN_FDS: ___, NOTIFY_SOCKET: ____, ...env } = hostile(stage);
    const found = run("hostile", env);
    assert.not(existsSync(stage.canary));
    assert.is(found.status, 0, found.stderr);
    assert.is(found.stdout, clean.stdout);
  });

  surroundings(`${runtime}: descriptors, limits, signals and umask inside are those of the bare runtime`, (stage) => {
    const look = "ls /proc/self/fd | wc -l; umask; grep -E 'Sig(Ign|Blk|Cgt)' /proc/self/status; cat /proc/self/limits";
    const bundle = join(stage.trap, `bare-${runtime}`);
    const inside = (path: string, asking: Readonly<Record<string, string>>) => {
      writeBundle(bundle, ["sh", "-c", look], asking);
      const shell = `ulimit -n 777; umask 027; trap '' PIPE USR1; exec 5</etc/passwd 6>&1 9</; exec "$0" run --bundle "$1" fds`;
      const result = call(stage, ["sh", "-c", shell, path, bundle]);
      assert.is(result.status, 0, result.stderr);
      return result.stdout;
    };
    const bare = inside(runtime === "crun" ? "/usr/bin/crun" : "/usr/sbin/runc", {});
    assert.is(inside(runtimePath(runtime), { DynamicUser: "yes", Name: "web" }), bare);
  });

  surroundings(`dynuser run with ${runtime}: no descriptor, signal or limit of the caller gets in`, (stage) => {
    const look = "ls /proc/self/fd | wc -l; umask; grep -E 'Sig(Ign|Blk)' /proc/self/status; ulimit -n";
    const command = [
      BINARY,
      "run",
      "--runtime",
      runtime,
      "-p",
      "DynamicUser=yes",
      "--name",
      "web",
      "--",
      "sh",
      "-c",
      look,
    ];
    const shell = `umask 077; trap '' PIPE USR1; exec 5</etc/passwd 6>&1 9</; exec "$@"`;
    const { stdout, stderr } = call(stage, ["sh", "-c", shell, "sh", ...command]);
    // three streams and the one that ls has open
    assert.match(stdout, /^4\n0?022\nSigBlk:\s0+\nSigIgn:\s0+\n1024\n$/, stderr);
  });
}

for (const runtime of ["crun", "runc"] as const) {
  const run = (stage: Stage, shell: string, ...args: readonly string[]) =>
    call(stage, ["sh", "-c", `${shell}; exec "$@"`, "sh", BINARY, "run", "--runtime", runtime, ...args]);

  surroundings(`dynuser run with ${runtime}: a deleted working directory stops no absolute command`, (stage) => {
    const shell = "mkdir gone; cd gone; rmdir ../gone";
    assert.equal(Object.values(run(stage, shell, "--", "pwd")), [0, "/\n", ""]);
    for (const args of [
      ["--", "./nothing"],
      ["--workspace", ".", "--", "true"],
      ["--unit", "./a.service"],
    ]) {
      const { status, stderr } = run(stage, shell, ...args);
      assert.ok(status === 125 || status === 127, String(status));
      assert.match(stderr, /^dynuser: cannot [^\n]*\n$/);
    }
  });

  surroundings(
    `dynuser run with ${runtime}: a caller without the rights for a priority starts at the present one`,
    (stage) => {
      const call = ["setpriv", "--bounding-set", "-sys_nice,-sys_resource", BINARY, "run", "--runtime", runtime];
      const settings = ["-p", "Nice=-5", "-p", "OOMScoreAdjust=-1000"];
      const start = (...more: readonly string[]) => stage.testHost.run([...call, ...more, ...settings, "--", "nice"]);
      const { status, stdout, stderr } = start();
      assert.equal([status, stdout], [0, "0\n"], stderr);
      assert.match(stderr, /^dynuser: ignoring OOMScoreAdjust=-1000: .*\ndynuser: ignoring Nice=-5: .*\n$/);
      assert.is(start("--strict").status, 125);
    },
  );

  surroundings(`dynuser run with ${runtime}: the umask of the caller closes no way to a mount point`, (stage) => {
    const made = join(stage.testHost.directory, `ways-${runtime}`);
    const settings = [
      "TemporaryFileSystem=/opt:ro",
      `BindReadOnlyPaths=/usr/share:/opt/a/b /etc/hosts:/opt/c/d/hosts /usr/share:${made}/e/f`,
      `BindPaths=${made}/e:${made}/bound ${made}:${made}/e/again`,
    ].flatMap((setting) => ["-p", setting]);
    const look = `cd /; stat -c %a /opt /opt/a /opt/c /opt/c/d ${made} ${made}/e; ls -d /opt/a/b/doc; touch /opt/x`;
    mkdirSync(`${made}/e`, { recursive: true });
    const { stdout, stderr } = run(stage, "umask 077", "-p", "DynamicUser=no", ...settings, "--", "sh", "-c", look);
    assert.is(stdout, `${"755\n".repeat(6)}/opt/a/b/doc\n`, stderr);
    assert.match(stderr, "Read-only file system");
    assert.is(stage.testHost.sh(`cd ${made}; stat -c %a e/f e/again bound`).stdout, "755\n".repeat(3));
  });
}

surroundings.run();
