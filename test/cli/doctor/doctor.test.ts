import { test } from "uvu";
import * as assert from "uvu/assert";
import { AREAS } from "../../../src/cli/doctor/doctor.ts";
import { diagnose } from "../../../src/cli/doctor/report.ts";
import { type FakeHost, fakeHost } from "../../support/hosts/fakeHost.ts";

/** `state: text` of the findings of one area. */
async function findings(area: string, fake: FakeHost): Promise<readonly string[]> {
  const report = (await diagnose(AREAS, fakeHost(fake))).filter((finding) => finding.area === area);
  for (const { state, remedy } of report) {
    if (state !== "ok") assert.ok(remedy, "every warning and problem has a remedy");
  }
  return report.map(({ state, text }) => `${state}: ${text}`);
}

async function only(area: string, fake: FakeHost, expected: RegExp): Promise<void> {
  const found = await findings(area, fake);
  assert.ok(
    found.some((line) => expected.test(line)),
    `${expected} is not in:\n${found.join("\n")}`,
  );
}

const DEFAULT_PROFILE = "engines: {podman: {defaultProfile: base}}\n";

const CASES: readonly (readonly [title: string, area: string, host: FakeHost, expected: RegExp])[] = [
  [
    "a default profile that is missing is a problem",
    "profiles",
    { files: { "/etc/dynuser/config.yaml": DEFAULT_PROFILE } },
    /^problem: .*names profile base for podman, which is missing/,
  ],
  [
    "every broken profile is a problem",
    "profiles",
    { files: { "/etc/dynuser/profiles/a.yaml": "UMask: 99\n", "/etc/dynuser/profiles/b.yaml": "Nonsense: yes\n" } },
    /^problem: cannot read Nonsense=: .*b\.yaml/,
  ],
  [
    "profiles that can be read are fine",
    "profiles",
    { files: { "/etc/dynuser/config.yaml": DEFAULT_PROFILE, "/etc/dynuser/profiles/base.yaml": "UMask: 0077\n" } },
    /^ok: 1 profiles/,
  ],
  [
    "a private directory that is a link is a problem",
    "leases",
    { links: { "/var/lib/private": "/data/private" } },
    /^problem: \/var\/lib\/private is a link to \/data\/private/,
  ],
  [
    "a configuration that others can write is a problem",
    "configuration",
    { files: { "/etc/dynuser/config.yaml": "" }, modes: { "/etc/dynuser/config.yaml": 0o666 } },
    /^problem: \/etc\/dynuser\/config\.yaml can be written by others/,
  ],
  [
    "a directory of the configuration that others can write is a problem",
    "configuration",
    { files: { "/etc/dynuser/config.yaml": "" }, modes: { "/etc/dynuser": 0o777 } },
    /^problem: \/etc\/dynuser can be written by others/,
  ],
  [
    "a full /run is a problem",
    "free space",
    { space: { "/run": { bytes: 0, files: 1000 }, "/var/lib": { bytes: 1 << 30, files: 0 } } },
    /^problem: \/run is full/,
  ],
  [
    "a read-only cgroup tree is a problem",
    "cgroups",
    { mounts: { "/sys/fs/cgroup": "cgroup2" }, mountOptions: { "/sys/fs/cgroup": ["ro"] } },
    /^problem: \/sys\/fs\/cgroup is read-only/,
  ],
  [
    "missing controllers are named with their directives",
    "cgroups",
    { mounts: { "/sys/fs/cgroup": "cgroup2" }, files: { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io\n" } },
    /^warning: the controllers memory, pids are missing: MemoryMax=, TasksMax=/,
  ],
  [
    "a user without subordinate IDs shares its own with services",
    "user namespaces",
    {
      uid: 1000,
      files: { "/etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\n", "/etc/subuid": "bob:100000:65536\n" },
    },
    /^warning: \/etc\/subuid has no range for ann/,
  ],
  [
    "root of the host is trusted in a user namespace, where it appears as nobody",
    "leases",
    {
      owners: { "/run/dynuser": 65534 },
      files: { "/proc/self/uid_map": "0 1000 1\n", "/run/dynuser/lock": "" },
    },
    /^ok: 0 containers/,
  ],
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
    /^warning: user\.max_user_namespaces=0 prevents all from making any: PrivateUsers= .* chowned/,
  ],
  [
    "a host that forbids user namespaces has one finding about them",
    "ID-mapped mounts",
    { files: { "/proc/sys/user/max_user_namespaces": "0\n" } },
    /^$/,
  ],
  ["SELinux that is not there is no finding", "SELinux", {}, /^$/],
  [
    "a policy without execmem is a warning",
    "SELinux",
    { files: { "/sys/fs/selinux/enforce": "1", "/sys/fs/selinux/booleans/allow_execmem": "0 0" } },
    /^warning: enforcing, and the policy may keep dynuser from making memory executable/,
  ],
  [
    "a policy that lets all make memory executable is fine",
    "SELinux",
    { files: { "/sys/fs/selinux/enforce": "1", "/sys/fs/selinux/booleans/deny_execmem": "0 0" } },
    /^ok: enforcing/,
  ],
  [
    "the policy module of dynuser is found",
    "SELinux",
    { files: { "/sys/fs/selinux/enforce": "1" }, answers: { "/usr/sbin/semodule -l": "container\ndynuser\n" } },
    /^ok: enforcing/,
  ],
  [
    "AppArmor may forbid them to users",
    "user namespaces",
    { files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" } },
    /^warning: .*apparmor_restrict/,
  ],
  [
    "programs that a user without root needs are named",
    "user namespaces",
    { uid: 1000, files: { "/etc/os-release": "ID=fedora\n", "/usr/bin/nsenter": "" } },
    /^warning: \/usr\/bin\/newuidmap is missing: subordinate IDs cannot be used/,
  ],
  [
    "where they are forbidden a user needs root",
    "user namespaces",
    { uid: 1000, files: { "/proc/sys/kernel/unprivileged_userns_clone": "0\n" } },
    /^problem: kernel\.unprivileged_userns_clone=0 prevents .*: dynuser run needs root/,
  ],
  [
    "a filter of the container may forbid them",
    "user namespaces",
    { uid: 1000, files: { "/proc/self/status": "Seccomp:\t2\n" }, canMakeUserNamespace: false },
    /^problem: a system call filter like Docker's prevents/,
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
    /^warning: \/usr\/sbin\/runc 1\.1\.11 is older than the fixes of CVE-2024-21626/,
  ],
  [
    "versions of fixed series are not",
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
    /^problem: .*which is missing/,
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
    "errors in the configuration are reported",
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
    "leftovers of dead containers are reported",
    "leases",
    { files: { "/run/dynuser/holders/run-x": holder("run-x") } },
    /^warning: 1 containers have exited .*run-x/,
  ],
  [
    "containers that run are fine",
    "leases",
    { files: { "/run/dynuser/holders/run-x": holder("run-x") }, alive: ["run-x"] },
    /^ok: 1 containers hold users/,
  ],
  ["damaged records are reported", "leases", { files: { "/run/dynuser/holders/run-x": "{" } }, /^warning: 1 records/],
  [
    "private/ must be root's alone",
    "leases",
    { modes: { "/var/lib/private": 0o755 } },
    /^problem: \/var\/lib\/private can be entered/,
  ],
];

for (const [system, expected] of [
  ["ID=debian", "apt-get install crun"],
  ["ID=ubuntu\nID_LIKE=debian", "apt-get install crun"],
  ['ID="rhel"', "dnf install crun"],
  ["ID=alpine", "apk add crun"],
  ["ID=manjaro\nID_LIKE=arch", "pacman -S crun"],
  ["ID=nixos", "add pkgs.crun to environment.systemPackages in /etc/nixos/configuration.nix"],
  ["ID=other", "install crun"],
] as const) {
  test(`the remedy for a missing runtime is the command of the distribution: ${system.replaceAll("\n", ", ")}`, async () => {
    const report = await diagnose(AREAS, fakeHost({ files: { "/etc/os-release": `${system}\n` } }));
    assert.is(report.find(({ area }) => area === "low-level runtimes")?.remedy, expected);
  });
}

for (const [version, expected] of [
  ["systemd 252 (252.1)", "boot with systemd.unified_cgroup_hierarchy=1"],
  ["systemd 262 (262.1)", "boot with cgroup_no_v1=all and mount only cgroup2"],
] as const) {
  test(`the remedy for cgroup version 1 is one that ${version} knows`, async () => {
    const host: FakeHost = {
      mounts: { "/sys/fs/cgroup": "tmpfs", "/sys/fs/cgroup/cpu": "cgroup" },
      answers: { "/usr/bin/systemctl --version": version },
      modes: { "/run/systemd/system": 0o755 },
    };
    const report = await diagnose(AREAS, fakeHost(host));
    assert.is(report.find(({ area }) => area === "cgroups")?.remedy, expected);
  });
}

test("the remedy for an engine that does not call dynuser is runtime configure", async () => {
  const report = await diagnose(AREAS, fakeHost({ files: { "/usr/bin/podman": "", "/usr/bin/dockerd": "" } }));
  const remedies = report.filter(({ area }) => area === "engines").map(({ remedy }) => remedy);
  assert.equal(remedies, [
    "to change that: dynuser runtime configure --engine podman",
    "to change that: dynuser runtime configure --engine docker",
  ]);
});

for (const [title, area, host, expected] of CASES) {
  if (expected.source === "^$") test(title, async () => assert.equal(await findings(area, host), []));
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
