import { test } from "uvu";
import * as assert from "uvu/assert";
import { AREAS } from "../../src/commands/doctor/doctor.ts";
import { diagnose } from "../../src/commands/doctor/report.ts";
import { type FakeHost, fakeHost } from "../support/fakeHost.ts";

/** `state: text` of what one area says. */
function findings(area: string, fake: FakeHost): readonly string[] {
  const report = diagnose(AREAS, fakeHost(fake)).filter((finding) => finding.area === area);
  for (const { state, remedy } of report) {
    if (state !== "ok") assert.ok(remedy, "whatever is not well has a remedy");
  }
  return report.map(({ state, text }) => `${state}: ${text}`);
}

function only(area: string, fake: FakeHost, expected: RegExp): void {
  const found = findings(area, fake);
  assert.ok(
    found.some((line) => expected.test(line)),
    `${expected} is not in:\n${found.join("\n")}`,
  );
}

const CASES: readonly (readonly [title: string, area: string, host: FakeHost, expected: RegExp])[] = [
  [
    "an old kernel is a problem",
    "kernel",
    { files: { "/proc/sys/kernel/osrelease": "5.10.0-1\n" } },
    /^problem: Linux 5\.10\.0-1 has no mount_setattr/,
  ],
  [
    "before 6.3 a tmpfs shows no other owners",
    "kernel",
    { files: { "/proc/sys/kernel/osrelease": "6.1.0\n" } },
    /^warning: Linux 6\.1\.0 cannot show files of a tmpfs/,
  ],
  ["a kernel without filters is a problem", "kernel", {}, /^problem: the kernel has no system call filters/],
  ["only root can try", "privileges", { uid: 1000 }, /^warning: this is user 1000/],
  [
    "capabilities that root lacks are named",
    "privileges",
    { files: { "/proc/self/status": "CapBnd:\t000001ffffdfffff\n" } },
    /^problem: root lacks CAP_SYS_ADMIN,/,
  ],
  [
    "version 2 of control groups is fine",
    "cgroups",
    { mounts: { "/": "ext4", "/sys/fs/cgroup": "cgroup2" } },
    /^ok: control groups of version 2/,
  ],
  [
    "both versions together trouble crun",
    "cgroups",
    { mounts: { "/sys/fs/cgroup": "tmpfs", "/sys/fs/cgroup/cpu": "cgroup", "/sys/fs/cgroup/unified": "cgroup2" } },
    /^warning: version 2 is mounted beside version 1/,
  ],
  ["no control groups are a problem", "cgroups", {}, /^problem: no control groups/],
  [
    "a host may forbid user namespaces",
    "user namespaces",
    { files: { "/proc/sys/user/max_user_namespaces": "0\n" } },
    /^problem: none may be made/,
  ],
  [
    "AppArmor may forbid them to users",
    "user namespaces",
    { files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" } },
    /^warning: .*apparmor_restrict/,
  ],
  [
    "each file system is tried",
    "ID-mapped mounts",
    { canMapIds: false, mounts: { "/": "ext4", "/var": "nfs4" } },
    /^warning: files of \/var\/lib, \/var\/cache, \/var\/log \(nfs4\) cannot/,
  ],
  ["without root nothing is tried", "ID-mapped mounts", { uid: 1000 }, /^$/],
  [
    "nss-systemd may not be asked",
    "names of users",
    { files: { "/etc/nsswitch.conf": "passwd: files\n" } },
    /^warning: .*nss-systemd is not asked/,
  ],
  ["a host needs a runtime", "low-level runtimes", {}, /^problem: found neither crun nor runc/],
  [
    "an old runc is vulnerable",
    "low-level runtimes",
    { files: { "/usr/sbin/runc": "" }, answers: { "/usr/sbin/runc --version": "runc version 1.1.11\n" } },
    /^warning: \/usr\/sbin\/runc 1\.1\.11 is from before CVE-2024-21626/,
  ],
  [
    "series that were mended are not",
    "low-level runtimes",
    { files: { "/usr/bin/runc": "" }, answers: { "/usr/bin/runc --version": "runc version 1.2.8\n" } },
    /^ok: \/usr\/bin\/runc 1\.2\.8/,
  ],
  [
    "1.3.2 is older than its series' cure",
    "low-level runtimes",
    { files: { "/usr/bin/runc": "" }, answers: { "/usr/bin/runc --version": "runc version 1.3.2\n" } },
    /^warning: .*CVE-2025-31133/,
  ],
  [
    "what a runtime says of itself counts",
    "low-level runtimes",
    {
      files: { "/usr/bin/runc": "" },
      answers: {
        "/usr/bin/runc --version": "runc version 1.3.6\n",
        "/usr/bin/runc features": '{"linux":{"mountExtensions":{"idmap":{"enabled":true}}}}',
      },
    },
    /^ok: \/usr\/bin\/runc honours ID-mapped mounts/,
  ],
  ["an engine may be left alone", "engines", { files: { "/usr/bin/podman": "" } }, /^ok: podman does not call dynuser/],
  [
    "a runtime that is not there stops an engine",
    "engines",
    {
      files: {
        "/usr/bin/podman": "",
        "/etc/containers/containers.conf": '[engine]\nruntime = "/usr/libexec/dynuser/crun"\n',
      },
    },
    /^problem: .*where nothing is/,
  ],
  [
    "a trampoline needs its binary",
    "engines",
    {
      files: {
        "/usr/bin/podman": "",
        "/etc/containers/containers.conf": 'runtime = "/usr/libexec/dynuser/crun"',
        "/usr/libexec/dynuser/crun": "#!/bin/sh\n",
      },
    },
    /^problem: .*does not find dynuser/,
  ],
  [
    "a comment configures nothing",
    "engines",
    {
      files: { "/usr/bin/podman": "", "/etc/containers/containers.conf": '# runtime = "/usr/libexec/dynuser/crun"\n' },
    },
    /^ok: podman does not call/,
  ],
  [
    "a whole configuration reaches us",
    "engines",
    {
      files: {
        "/usr/bin/dockerd": "",
        "/etc/docker/daemon.json": '{"runtimes":{"dynuser":{"path":"/opt/dynuser/libexec/runc"}}}',
        "/opt/dynuser/libexec/runc": "#!/bin/sh\n",
        "/opt/dynuser/libexec/../dynuser": "",
      },
    },
    /^ok: Docker calls dynuser/,
  ],
  [
    "a shared precreate hook breaks podman build",
    "hooks",
    { files: { "/etc/containers/oci/hooks.d/x.json": '{"stages":["precreate"]}' } },
    /^problem: .*x\.json has a precreate hook/,
  ],
  [
    "mistakes in the configuration are told",
    "configuration",
    { files: { "/etc/dynuser/config.yaml": "engines: {podman: {policy: lax}}" } },
    /^problem: cannot read the configuration/,
  ],
  [
    "a static user may be in the range",
    "range of UIDs",
    { files: { "/etc/passwd": "old:x:61200:61200::/:\n" } },
    /^warning: old of \/etc\/passwd has 61200/,
  ],
  [
    "subordinate IDs may be in the range",
    "range of UIDs",
    { files: { "/etc/subuid": "me:60000:65536\n" } },
    /^warning: \/etc\/subuid gives me 60000 to 125535/,
  ],
  [
    "what dead containers left is told",
    "leases",
    { files: { "/run/dynuser/holders/run-x": holder("run-x") } },
    /^warning: 1 containers have gone .*run-x/,
  ],
  [
    "containers that run are fine",
    "leases",
    { files: { "/run/dynuser/holders/run-x": holder("run-x") }, alive: ["run-x"] },
    /^ok: 1 containers hold users/,
  ],
  ["damaged records are told", "leases", { files: { "/run/dynuser/holders/run-x": "{" } }, /^warning: 1 records/],
  [
    "private/ must be root's alone",
    "leases",
    { modes: { "/var/lib/private": 0o755 } },
    /^problem: \/var\/lib\/private can be entered/,
  ],
];

for (const [title, area, host, expected] of CASES) {
  if (expected.source === "^$") test(title, () => assert.equal(findings(area, host), []));
  else test(title, () => only(area, host, expected));
}

function holder(id: string): string {
  const mark = { pid: 1, startTime: 1, pidNamespace: "pid:[1]", bootId: "b" };
  return JSON.stringify({
    id,
    lease: "x",
    name: "x",
    groupName: "x",
    uid: 61184,
    gid: 61184,
    phase: "attached",
    claimer: mark,
    cgroups: [],
    releases: [],
    createdAt: "2026-01-01T00:00:00Z",
  });
}

test.run();
