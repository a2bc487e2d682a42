import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { applySeccomp } from "../../../src/apply/seccomp.ts";
import type { Edit } from "../../../src/model/edit.ts";
import { formatJson } from "../../../src/oci/json.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { CAPABILITIES } from "../../../src/values/capabilities.ts";
import { planAll } from "../../support/bundles/plan.ts";
import { ENGINE_PROFILES } from "../../support/engines/engineProfiles.ts";
import { bootSystemdHost, type SystemdHost } from "../../support/hosts/systemdHost.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { probeCommand, readProbe } from "../../support/seccomp/callProbe.ts";
import { SECCOMP_SETTINGS } from "../../support/seccomp/seccompSettings.ts";

type Outcomes = ReadonlyMap<string, string>;
type RuntimeName = "crun" | "runc";

const RUNTIMES: readonly RuntimeName[] = ["crun", "runc"];
/** Beside the profile of an engine. */
const TOGETHER = [
  "a whole service",
  "address families",
  "forbidden address families",
  "some namespaces",
  "allowed calls",
];
/** The kernel without a filter answers what a filter of the settings answers: these cannot be distinguished. */
const AMBIGUOUS: ReadonlySet<string> = new Set(["beyond ", "socket 38 5 0"]);
const NOTHING = ["LockPersonality=no"];

/** Declared: systemd 257 has the kernel do it, prctl(PR_SET_MDWE), on kernels that can. */
const WRITTEN_CODE: Outcomes = new Map([
  ["mmap 0 4096 7 34 -1 0", "errno 1"],
  ["mprotect 0 0 4", "errno 1"],
  ["pkey_mprotect 0 0 4 -1", "errno 1"],
  ["shmat -1 0 32768", "errno 1"],
]);

const filters = suite<{ testHost: TestHost; reference: SystemdHost }>("filters in containers and under systemd 257");

filters.before(async (context) => {
  context.testHost = await openTestHost();
  context.reference = await bootSystemdHost();
});

filters.after(async ({ testHost, reference }) => {
  await testHost.close();
  await reference.stop();
});

for (const [title, settings] of Object.entries(SECCOMP_SETTINGS)) {
  filters(`${title}: every call ends as under systemd`, ({ testHost, reference }) => {
    const expected = underSystemd(reference, settings);
    for (const runtime of RUNTIMES) {
      assert.equal(
        describe(inContainer(testHost, runtime, undefined, settings), expected),
        describe(expected, expected),
        runtime,
      );
    }
  });
}

for (const [engine, profile] of Object.entries(ENGINE_PROFILES).filter(([, one]) => one !== undefined)) {
  filters(
    `inside the profile of ${engine} what either forbids is forbidden, and nothing else`,
    ({ testHost, reference }) => {
      for (const runtime of RUNTIMES) {
        const free = inContainer(testHost, runtime, undefined, NOTHING);
        const engineAlone = inContainer(testHost, runtime, profile, NOTHING);
        for (const title of TOGETHER) {
          const settings = SECCOMP_SETTINGS[title]!;
          const both = conjunction(free, engineAlone, underSystemd(reference, settings));
          const found = inContainer(testHost, runtime, profile, settings);
          assert.equal(describe(found, both), describe(both, both), `${runtime}, ${title}`);
        }
      }
    },
  );
}

filters("a filter that differs in an errno alone is not taken from crun's cache", ({ testHost }) => {
  const answer = (errno: string) =>
    inContainer(testHost, "crun", undefined, [`SystemCallFilter=~uname:${errno}`]).get("uname 0");
  assert.equal([answer("EXDEV"), answer("EILSEQ")], ["errno 18", "errno 84"]);
});

filters.run();

/** systemd's services show what the settings forbid; the engine's profile decides on the rest. */
function conjunction(free: Outcomes, engine: Outcomes, systemd: Outcomes): Outcomes {
  const told = [...systemd].filter(([call]) => !AMBIGUOUS.has(call));
  return new Map(told.map(([call, outcome]) => [call, outcome === free.get(call) ? engine.get(call)! : outcome]));
}

/** One line for each call, so that a difference names it. */
function describe(outcomes: Outcomes, calls: Outcomes): readonly string[] {
  return [...calls.keys()].map((call) => `${call}: ${outcomes.get(call)}`);
}

/** As a unit file, which unlike systemd-run knows every value. */
function underSystemd({ root, run }: SystemdHost, settings: readonly string[]): Outcomes {
  const directory = `${root}/run/probe`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/probe.sh`, `exec ${probeCommand().map(quoteForShell).join(" ")}\n`);
  const unit = [
    "[Service]",
    "Type=oneshot",
    "NoNewPrivileges=yes",
    ...settings,
    "StandardOutput=truncate:/run/probe/out",
    "ExecStart=/bin/sh /run/probe/probe.sh",
  ];
  mkdirSync(`${root}/run/systemd/system`, { recursive: true });
  writeFileSync(`${root}/run/systemd/system/probe.service`, unit.join("\n"));
  const { stderr } = run(["sh", "-c", "systemctl daemon-reload && systemctl reset-failed; systemctl start probe"]);
  const outcomes = readProbe(readFileSync(`${directory}/out`, "utf8"));
  assert.ok(outcomes.size > 50, `systemd: ${stderr}`);
  return settings.includes("MemoryDenyWriteExecute=yes") ? new Map([...outcomes, ...WRITTEN_CODE]) : outcomes;
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function inContainer(
  testHost: TestHost,
  runtime: RuntimeName,
  engine: Seccomp | undefined,
  settings: readonly string[],
): Outcomes {
  const bundle = `${testHost.directory}/bundle`;
  mkdirSync(`${bundle}/rootfs`, { recursive: true });
  const spec = bareSpec(engine);
  const edits = planAll(settings, spec).filter((edit): edit is Edit => edit.kind === "seccomp");
  writeFileSync(`${bundle}/config.json`, formatJson(applySeccomp(spec, edits, { name: runtime })));
  const start = runtime === "crun" ? "crun --cgroup-manager=disabled" : "runc";
  const { stdout, stderr } = testHost.sh(`
    unshare -m sh -ec 'mount --bind / ${bundle}/rootfs; cd ${bundle}; exec ${start} run probe'`);
  const outcomes = readProbe(stdout);
  assert.ok(outcomes.size > 50, `${runtime}: ${stdout}${stderr}`);
  return outcomes;
}

/** Those that the machine itself has; in a container of some engine not all. */
function ownCapabilities(): readonly string[] {
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]}`);
  return CAPABILITIES.filter((_, bit) => ((effective >> BigInt(bit)) & 1n) === 1n);
}

/** Root with the rights that the probe needs to reach every filter. */
function bareSpec(seccomp: Seccomp | undefined): Spec {
  const capabilities = ownCapabilities();
  const sets = { bounding: capabilities, effective: capabilities, permitted: capabilities };
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      cwd: "/",
      args: probeCommand(),
      env: ["PATH=/usr/bin:/bin"],
      capabilities: sets,
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      namespaces: [{ type: "mount" }, { type: "pid" }, { type: "uts" }, { type: "ipc" }],
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  };
}
