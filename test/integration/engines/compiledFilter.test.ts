import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROGRAM } from "../../../src/apply/seccomp/compiledFilter.ts";
import { findRuntime } from "../../../src/host/runtime.ts";
import { formatJson, parseJson } from "../../../src/oci/json.ts";
import type { Seccomp, SeccompAction, SeccompArgument, SeccompSyscall, Spec } from "../../../src/oci/spec.ts";
import { writeBundle } from "../../support/bundles/bundle.ts";
import { ENGINE_PROFILES } from "../../support/engines/engineProfiles.ts";
import { runtimePath } from "../../support/engines/engines.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { type InstalledFilter, readInstalledFilter } from "../../support/seccomp/installedFilter.ts";

/* What dynuser has compiled for crun, beside what crun compiles itself, as the kernel has both. */

interface Stage {
  testHost: TestHost;
  bundle: string;
}

const BINARY = join(import.meta.dirname, "../../../dist/dynuser");
const LOG = 2;
/** One instruction: all is allowed. */
const ALL = "BgAAAAAA/38=";

const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no filter": { ProtectHome: "yes" },
  "what DynamicUser= brings": { DynamicUser: "yes" },
  "a service's filters": {
    DynamicUser: "yes",
    SystemCallFilter: "@system-service\n~@resources:EXDEV uname:kill",
    SystemCallArchitectures: "native",
    RestrictAddressFamilies: "AF_INET AF_UNIX",
    RestrictNamespaces: "yes",
    MemoryDenyWriteExecute: "yes",
  },
};

const rule = (name: string, action: SeccompAction, op: SeccompArgument["op"], errnoRet?: number): SeccompSyscall => ({
  names: ["no_such_call", name],
  action,
  args: [{ index: 2, op, value: 0x7fff_ffff_0000, valueTwo: 0x1_0000 }],
  ...(errnoRet !== undefined && { errnoRet }),
});

/** Every action and comparison, and arguments that are named twice, which makes each a separate rule. */
const EVERYTHING: Seccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
  syscalls: [
    rule("swapon", "SCMP_ACT_ERRNO", "SCMP_CMP_EQ"),
    rule("swapoff", "SCMP_ACT_ERRNO", "SCMP_CMP_NE", 4094),
    rule("acct", "SCMP_ACT_KILL", "SCMP_CMP_LT"),
    rule("reboot", "SCMP_ACT_KILL_THREAD", "SCMP_CMP_LE"),
    rule("iopl", "SCMP_ACT_KILL_PROCESS", "SCMP_CMP_GE"),
    rule("bpf", "SCMP_ACT_TRAP", "SCMP_CMP_GT"),
    rule("ptrace", "SCMP_ACT_TRACE", "SCMP_CMP_MASKED_EQ", 7),
    { names: ["kexec_load", "keyctl"], action: "SCMP_ACT_LOG", args: [7, 1, 3].map(isFirst) },
    { names: ["ioperm"], action: "SCMP_ACT_ERRNO", errnoRet: 38, args: [] },
  ],
};

function isFirst(value: number): SeccompArgument {
  return { index: 0, op: "SCMP_CMP_EQ", value };
}

const compiled = suite<Stage>("compiled filters");

compiled.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.bundle = join(stage.testHost.directory, "overlay-containers", "a".repeat(64), "userdata");
  stage.testHost.sh("mkdir -p /etc/dynuser; echo 'engines: {podman: {policy: all}}' >/etc/dynuser/config.yaml");
});
compiled.after(({ testHost }) => testHost.close());

for (const [engine, profile] of Object.entries({ ...ENGINE_PROFILES, "every kind of rule": EVERYTHING })) {
  for (const [title, settings] of Object.entries(SETTINGS)) {
    if (profile === undefined && settings["DynamicUser"] === undefined) continue;
    compiled(`${title} inside the profile of ${engine}: crun loads what it would compile itself`, (stage) => {
      const spec = prepare(stage, profile, settings);
      assert.ok(spec.annotations?.[PROGRAM], "the program is there");
      const ours = install(stage, spec);
      assert.is(ours.program, spec.annotations[PROGRAM]);
      assert.equal(ours, install(stage, withoutProgram(spec)));
      assert.equal(prepare(stage, profile, settings).annotations, spec.annotations, "as remembered");
    });
  }
}

compiled("the flags of the profile hold for the compiled filter too", (stage) => {
  const flags = ["SECCOMP_FILTER_FLAG_LOG"];
  const spec = prepare(stage, { ...ENGINE_PROFILES["podman 4.3.1"]!, flags }, { DynamicUser: "yes" });
  assert.ok(spec.annotations?.[PROGRAM]);
  assert.is(install(stage, spec).flags, LOG);
});

compiled("a program is remembered for the library that compiled it", (stage) => {
  const { testHost } = stage;
  const prepared = () => prepare(stage, undefined, { DynamicUser: "yes" }).annotations![PROGRAM]!;
  const own = prepared();
  const cache = join(testHost.directory, "cache");
  testHost.sh(`cp -r /run/dynuser/cache ${cache}`);
  const file = readdirSync(cache).find((name) => readFileSync(join(cache, name), "utf8").includes(own))!;
  testHost.sh(`sed -i 's|"program":"[^"]*"|"program":"AAAA"|' /run/dynuser/cache/${file}`);
  assert.is(prepared(), "AAAA");
  const { path } = findRuntime("/usr/bin/crun", cache).libseccomp!;
  testHost.sh(
    `cp --dereference ${path} ${testHost.directory}/library; mount --bind ${testHost.directory}/library ${path}`,
  );
  assert.is(prepared(), own);
});

compiled("a runtime without a libseccomp of this host is left to compile for itself", (stage) => {
  const fake = join(stage.testHost.directory, "crun");
  writeFileSync(fake, "#!/bin/sh\n[ $1 = --version ] && echo crun version 1.8.1\n", { mode: 0o755 });
  for (const runtime of [fake, "/usr/sbin/runc"]) {
    const spec = prepare(stage, ENGINE_PROFILES["podman 4.3.1"], { DynamicUser: "yes" }, runtime);
    assert.is(spec.annotations?.[PROGRAM], undefined, runtime);
  }
});

compiled("where nothing can be compiled crun does it, and the container is started all the same", (stage) => {
  const prepared = () => prepare(stage, ENGINE_PROFILES["podman 4.3.1"], { DynamicUser: "yes" }).annotations;
  stage.testHost.sh("rm -rf /run/dynuser/cache; mount -o remount,ro /dev/shm");
  assert.is(prepared()?.[PROGRAM], undefined);
  stage.testHost.sh("rm -rf /run/dynuser/cache; mount -o remount,rw /dev/shm");
  assert.ok(prepared()?.[PROGRAM]);
});

compiled("a foreign program is refused where it would replace dynuser's filters, and left alone elsewhere", (stage) => {
  const others = { [PROGRAM]: ALL };
  const refused = call(stage, undefined, { DynamicUser: "yes" }, "/usr/bin/crun", others);
  assert.is(refused.status, 125, refused.stderr);
  assert.match(refused.stderr, `found annotation "${PROGRAM}"`);
  assert.is(
    prepare(stage, undefined, SETTINGS["no filter"]!, "/usr/bin/crun", others).annotations?.[PROGRAM],
    others[PROGRAM],
  );
  assert.is(
    prepare(stage, undefined, { DynamicUser: "yes" }, "/usr/sbin/runc", others).annotations?.[PROGRAM],
    others[PROGRAM],
  );
});

compiled("a container that dynuser starts has the compiled filter", (stage) => {
  write(stage, undefined, { DynamicUser: "yes" }, {});
  const { testHost, bundle } = stage;
  const crun = `${runtimePath("crun")} --cgroup-manager=disabled`;
  testHost.sh(`${crun} run --detach --bundle ${bundle} whole </dev/null >/dev/null 2>&1`);
  const pid = Number(testHost.sh("crun state whole | jq .pid").stdout);
  const { annotations } = parseJson(readFileSync(join(bundle, "config.json"), "utf8")) as Spec;
  assert.is(readInstalledFilter(testHost, pid).program, annotations?.[PROGRAM]);
  testHost.sh(`${crun} delete --force whole`);
});

compiled("dynuser run loads the program that is remembered", ({ testHost }) => {
  const run = `${BINARY} run -p DynamicUser=yes -p SystemCallFilter=~swapon`;
  testHost.sh(
    `rm -rf /run/dynuser/cache; ${run} true; sed -i 's|"program":"[^"]*"|"program":"${ALL}"|' /run/dynuser/cache/result-*`,
  );
  const pid = Number(
    testHost.sh(`${run} sleep 1234 >/dev/null 2>&1 & until pgrep -xf '(.*/)?sleep 1234'; do sleep 0.02; done`).stdout,
  );
  assert.is(readInstalledFilter(testHost, pid).program, ALL);
  testHost.sh(`kill ${pid}`);
});

compiled("podman's hook does not know the crun, and compiles what every crun would make the same of", (stage) => {
  write(stage, ENGINE_PROFILES["podman 4.3.1"], { DynamicUser: "yes" }, {});
  const spec = hooked(stage);
  assert.ok(spec.annotations![PROGRAM]);
  assert.equal(install(stage, spec), install(stage, withoutProgram(spec)));

  write(stage, EVERYTHING, { DynamicUser: "yes" }, {});
  assert.is(hooked(stage).annotations![PROGRAM], undefined);
});

compiled.run();

/** The config as dynuser leaves it; nothing is started, and the user is released before the next one. */
function prepare(
  stage: Stage,
  seccomp: Seccomp | undefined,
  asking: Readonly<Record<string, string>>,
  runtime = "/usr/bin/crun",
  others: Readonly<Record<string, string>> = {},
): Spec {
  const { status, stderr } = call(stage, seccomp, asking, runtime, others);
  assert.is(status, 0, stderr);
  return parseJson(readFileSync(join(stage.bundle, "config.json"), "utf8")) as Spec;
}

function call(
  stage: Stage,
  seccomp: Seccomp | undefined,
  asking: Readonly<Record<string, string>>,
  runtime: string,
  others: Readonly<Record<string, string>>,
) {
  write(stage, seccomp, asking, others);
  return stage.testHost.sh(`for name in crun runc; do ${BINARY} release run:$name:prepared; done
    ${BINARY} prepare --runtime ${runtime} -- create --bundle ${stage.bundle} prepared || exit $?`);
}

function write(
  { bundle }: Stage,
  seccomp: Seccomp | undefined,
  asking: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): void {
  writeBundle(bundle, ["sleep", "1000"], asking, others);
  const file = join(bundle, "config.json");
  const spec = parseJson(readFileSync(file, "utf8")) as Spec;
  writeFileSync(file, formatJson({ ...spec, linux: { ...spec.linux, ...(seccomp && { seccomp }) } }));
}

/** What podman's hook makes of the config, for a container that ends at once. */
function hooked({ testHost, bundle }: Stage): Spec {
  const id = "a".repeat(64);
  const spec = parseJson(readFileSync(join(bundle, "config.json"), "utf8")) as Spec;
  const root = { ...spec.root!, path: join(bundle, spec.root!.path) };
  const input = formatJson({ ...spec, root, linux: { ...spec.linux, cgroupsPath: `/libpod-${id}` } });
  // the hook's parent has the user until there is an init
  const call = (stage: string) => ["sh", "-c", '"$0" hook "$1"; exit $?', BINARY, stage];
  const { stdout, stderr, status } = testHost.run(call("precreate"), { input });
  assert.is(status, 0, stderr);
  testHost.run(call("poststop"), { input: JSON.stringify({ id }) });
  // what it made for the container has gone with poststop
  return { ...(parseJson(stdout) as Spec), mounts: spec.mounts! };
}

function withoutProgram(spec: Spec): Spec {
  const { [PROGRAM]: _, ...annotations } = spec.annotations!;
  return { ...spec, annotations };
}

/** What the kernel has of a container that is started from this config; its hooks have nothing to do here. */
function install({ testHost, bundle }: Stage, { hooks: _, ...spec }: Spec): InstalledFilter {
  writeFileSync(join(bundle, "config.json"), formatJson(spec));
  const crun = "crun --root /run/compared --cgroup-manager=disabled";
  const { status, stderr } = testHost.sh(
    `${crun} run --detach --bundle ${bundle} compared </dev/null >/dev/null 2>${bundle}/err || { cat ${bundle}/err >&2; false; }`,
  );
  assert.is(status, 0, stderr);
  try {
    return readInstalledFilter(testHost, Number(testHost.sh(`${crun} state compared | jq .pid`).stdout));
  } finally {
    testHost.sh(`${crun} delete --force compared`);
  }
}
