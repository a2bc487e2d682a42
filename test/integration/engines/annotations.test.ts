import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeBundle } from "../../support/bundles/bundle.ts";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/** What the author of annotations gets under the administrator's policy. */

interface Stage {
  testHost: TestHost;
  /** Where podman has it, by which the engine is recognised. */
  bundle: string;
}

const CONFIGURATION = `
engines:
  podman:
    policy: safe
    directories: own
    defaultProfile: base
    maxima: { LimitNOFILE: 512, StateDirectory: [apps] }
`;
const BASE = "DynamicUser: yes\nProtectHome: yes\nReadOnlyPaths: /data\n";

const annotations = suite<Stage>("annotations");

annotations.before(async (stage) => {
  const testHost = await openTestHost();
  const bundle = join(testHost.directory, "overlay-containers", "a".repeat(64), "userdata");
  Object.assign(stage, { testHost, bundle });
  testHost.sh(`mkdir -p /etc/dynuser/profiles /var/lib/docker /run/udev
    cat >/etc/dynuser/config.yaml <<'END'\n${CONFIGURATION}END
    printf '${BASE}' >/etc/dynuser/profiles/base.yaml; echo 'DynamicUser: no' >/etc/dynuser/profiles/lax.yaml`);
});
annotations.after(({ testHost }) => testHost.close());

const REFUSED: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [
    { DynamicUser: "no" },
    "cannot take DynamicUser= from an annotation: found less than the container's profile restricts",
  ],
  [{ ProtectHome: "no" }, "cannot take ProtectHome= from an annotation"],
  [{ ProtectHome: "" }, "cannot take ProtectHome= from an annotation"],
  [{ ReadOnlyPaths: "" }, "cannot take ReadOnlyPaths= from an annotation"],
  [{ Profile: "lax" }, 'cannot take profile "lax": podman may have base'],
  [{ LimitNOFILE: "513" }, "cannot take LimitNOFILE= from an annotation: found more than 512"],
  [{ StateDirectory: "web" }, "cannot take StateDirectory= from an annotation: found more than apps"],
  [{ CacheDirectory: "../x" }, "cannot read CacheDirectory="],
  [{ BindPaths: "/etc" }, "cannot take BindPaths= from an annotation: policy of podman is safe"],
  [{ EnvironmentFile: "/etc/shadow" }, "cannot take EnvironmentFile= from an annotation"],
  [{ ConfigurationDirectory: "ssl" }, "cannot take ConfigurationDirectory= from an annotation"],
  [{ User: "root" }, "is a user of this host"],
  [
    { Group: "disk" },
    'cannot take Group= from an annotation: "disk" is a group of this host, GID 6, and policy of podman',
  ],
  [{ Group: "6" }, "cannot take Group= from an annotation"],
  [{ Group: "0" }, "cannot take Group= from an annotation"],
  [{ WorkingDirectory: "/proc/self/fd/3" }, "which refers to an open file of a process"],
  [{ "../run.oci.seccomp_bpf_data": "AAAA" }, "cannot read annotation"],
];

for (const [asked, text] of REFUSED) {
  annotations(`${JSON.stringify(asked)} is refused, and nothing is left`, (stage) => {
    const { status, stdout, stderr } = run(stage, "crun", asked);
    assert.is(status, 1, stdout);
    assert.ok(stderr.includes(text), stderr);
    assert.equal(tracesIn(stage.testHost), []);
  });
}

annotations(
  "without a configuration a group of the host is refused too, with a dynamic user and without one",
  (stage) => {
    for (const asked of [{ Group: "disk" }, { Group: "0" }, { DynamicUser: "yes", Group: "disk" }]) {
      const { stdout, stderr } = configured(stage, "", () => run(stage, "crun", asked));
      assert.ok(stderr.includes("cannot take Group= from an annotation"), stdout + stderr);
    }
  },
);

annotations("a group is had that is dynamic, the administrator's or among static users", (stage) => {
  stage.testHost.sh("printf 'DynamicUser: yes\nGroup: disk\n' >/etc/dynuser/profiles/disks.yaml");
  const dynamic = { DynamicUser: "yes" };
  for (const [configuration, asked, gid] of [
    ["{}", { ...dynamic, Group: "crew-of-ours" }, /^6[1-5]\d{3}\n/],
    ["engines: { podman: { defaultProfile: disks } }", { Name: "web" }, /^6\n/],
    ["engines: { podman: { staticUsers: yes } }", { ...dynamic, Group: "disk" }, /^6\n/],
  ] as const) {
    const { stdout, stderr } = configured(stage, configuration, () => run(stage, "crun", asked, {}, "id -g"));
    assert.match(stdout, gid, stderr);
  }
});

annotations(
  "a broken configuration stops a container that asks for nothing, which could have had a default",
  (stage) => {
    for (const [configuration, problem] of [
      ["engines: {podman: {defaultProfle: base}}", 'found unknown key "engines.podman.defaultProfle"'],
      ["engines: {podman: {", "found no YAML"],
    ] as const) {
      const { status, stderr } = configured(stage, configuration, () => run(stage, "crun", {}));
      assert.is(status, 1);
      assert.ok(stderr.includes(problem) && stderr.includes("/etc/dynuser/config.yaml:"), stderr);
    }
  },
);

annotations("a configuration without a default leaves a container that asks for nothing alone", (stage) => {
  const kept = "cmp /etc/dynuser/config.yaml /run/dynuser/cache/harmless.yaml";
  configured(stage, "engines: {podman: {policy: all}}", () => {
    const { stdout, stderr } = run(stage, "crun", {}, {}, "id -u");
    assert.is(stdout, "0\n", stderr);
    assert.equal(stage.testHost.sh(kept), { status: 0, stdout: "", stderr: "" });
  });
});

annotations("an annotation that replaces the filter of system calls is refused beside dynuser's", (stage) => {
  const { status, stderr } = run(stage, "crun", {}, { "run.oci.seccomp_bpf_data": "AAAA" });
  assert.is(status, 1);
  assert.match(stderr, 'cannot take annotation "run.oci.seccomp_bpf_data"');
});

for (const runtime of ["crun", "runc"] as const) {
  annotations(`${runtime}: what is within the policy, the maxima and the profile is had`, (stage) => {
    const asked = {
      ProtectHome: "yes",
      LimitNOFILE: "512",
      StateDirectory: "apps/web",
      Name: "web",
      ReadOnlyPaths: "/tmp",
    };
    const { status, stdout, stderr } = run(stage, runtime, asked, { "org.systemd.property.KillSignal": "15" });
    assert.is(status, 0, stderr);
    assert.match(stdout, /^6[1-5]\d{3}\n512\n\/var\/lib\/apps\/web\n$/);
  });
}

function run(
  { testHost, bundle }: Stage,
  runtime: "crun" | "runc",
  asked: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
  script = "id -u; ulimit -n; echo $STATE_DIRECTORY",
): Result {
  writeBundle(bundle, ["sh", "-c", script], asked, others);
  return testHost.run([runtimePath(runtime), "run", "--bundle", bundle, "annotated"]);
}

/** With another configuration, or none for "". */
function configured<T>({ testHost }: Stage, text: string, use: () => T): T {
  const path = "/etc/dynuser/config.yaml";
  testHost.sh(`mv ${path} ${path}.away; [ -z '${text}' ] || echo '${text}' >${path}`);
  try {
    return use();
  } finally {
    testHost.sh(`mv ${path}.away ${path}`);
  }
}

annotations.run();
