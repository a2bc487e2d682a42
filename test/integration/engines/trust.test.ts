import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Mount, Spec } from "../../../src/oci/spec.ts";
import { writeBundle } from "../../support/bundles/bundle.ts";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { has } from "../../support/engines/versionLimits.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/** What the author of annotations reaches, with no right but to start containers. */

interface Stage {
  testHost: TestHost;
}

const OWN = "engines: { podman: { directories: own } }";
const WITH_USER = { DynamicUser: "yes", Name: "web" };
const ID = "a".repeat(64);
/** Bundles where the engines have them, by which they are recognized. */
const BUNDLES = {
  podman: `overlay-containers/${ID}/userdata`,
  kubernetes: `io.containerd.runtime.v2.task/k8s.io/${ID}`,
} as const;
const POD = {
  "io.kubernetes.cri.container-type": "container",
  "io.kubernetes.cri.sandbox-namespace": "shop",
  "io.kubernetes.cri.sandbox-name": "web-0",
  "io.kubernetes.cri.sandbox-uid": "0a1b-own",
  "io.kubernetes.cri.container-name": "main",
};

interface Container {
  readonly engine?: keyof typeof BUNDLES;
  readonly configuration?: string;
  /** The text of /etc/dynuser/profiles/base.yaml. */
  readonly profile?: string;
  readonly asked: Readonly<Record<string, string>>;
  readonly script?: string;
  readonly mounts?: readonly Mount[];
  /** Of the engine, in addition to those of the pod. */
  readonly annotations?: Readonly<Record<string, string>>;
}

function run({ testHost }: Stage, runtime: "crun" | "runc", container: Container): Result {
  const {
    engine = "podman",
    configuration = "",
    profile = "",
    asked,
    script = "true",
    mounts = [],
    annotations = {},
  } = container;
  const bundle = join(testHost.directory, BUNDLES[engine]);
  writeBundle(bundle, ["sh", "-c", script], asked, engine === "kubernetes" ? { ...POD, ...annotations } : {});
  const spec = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8")) as Spec;
  writeFileSync(`${bundle}/config.json`, JSON.stringify({ ...spec, mounts: [...(spec.mounts ?? []), ...mounts] }));
  testHost.sh(
    `mkdir -p /etc/dynuser/profiles
    printf '%s' "$CONFIGURATION" >/etc/dynuser/config.yaml; printf '%s' "$PROFILE" >/etc/dynuser/profiles/base.yaml`,
    {
      env: { CONFIGURATION: configuration, PROFILE: profile },
    },
  );
  return testHost.run([runtimePath(runtime), "run", "--bundle", bundle, ID]);
}

function refused(stage: Stage, runtime: "crun" | "runc", container: Container, problem: string): void {
  const { status, stdout, stderr } = run(stage, runtime, container);
  assert.is(status, 1, stdout);
  assert.ok(stderr.includes(problem), stderr);
  assert.equal(tracesIn(stage.testHost), []);
}

for (const runtime of ["crun", "runc"] as const) {
  const trust = suite<Stage>(`trust with ${runtime}`);
  trust.before(async (stage) => {
    stage.testHost = await openTestHost();
  });
  trust.after(({ testHost }) => testHost.close());

  trust("a name is one component of a path, or the container is refused", (stage) => {
    stage.testHost.sh("mkdir -p /srv/tenants/other/deep; echo secret >/srv/tenants/other/deep/key");
    const profile = "BindReadOnlyPaths: /srv/tenants/%p:/data\nDynamicUser: yes\n";
    const configuration = "engines: { podman: { defaultProfile: base } }";
    for (const name of ["a/b/alice", "..", ".", "", "other/deep", "other\\x2fdeep", "x-..", "x@..", "x@", "x-"]) {
      const container = { configuration, profile, asked: { Name: name, PrivateTmp: "yes" } };
      refused(stage, runtime, container, 'cannot read annotation "dynuser/Name": found ');
    }
  });

  trust("a profile for instances is none for a name without one", (stage) => {
    stage.testHost.sh("mkdir -p /srv/tenants/other/deep");
    const configuration = "engines: { podman: { defaultProfile: base } }";
    for (const specifier of ["%i", "%I"]) {
      const profile = `BindReadOnlyPaths: /srv/tenants/${specifier}:/data\nDynamicUser: yes\n`;
      const problem = `cannot read BindReadOnlyPaths=: found "${specifier}", expected a container with an instance`;
      refused(stage, runtime, { configuration, profile, asked: { Name: "web" } }, problem);
      const named = { configuration, profile, asked: { Name: "web@other" }, script: "ls /data" };
      assert.is(run(stage, runtime, named).stdout, "deep\n");
    }
  });

  trust("a dash in a name is no escaped slash", (stage) => {
    stage.testHost.sh("mkdir -p /srv/tenants/other/deep; echo secret >/srv/tenants/other/deep/key");
    const configuration = "engines: { podman: { defaultProfile: base } }";
    const profile = "BindReadOnlyPaths: -/srv/tenants/%P:/data\nDynamicUser: yes\n";
    const container = { configuration, profile, asked: { Name: "other-deep" }, script: "cat /data/key" };
    assert.not.match(run(stage, runtime, container).stdout, "secret");
  });

  trust(
    "what PrivateTmp= makes in /tmp has a name that no user foresees, and is removed with the container",
    (stage) => {
      const before = "ls -d /tmp/dynuser-private-*";
      const asked = { DynamicUser: "yes", Name: "web", PrivateTmp: "yes" };
      const script = "sed -n 's,.*/\\(dynuser-private-[^/]*\\)/tmp /tmp .*,\\1,p' /proc/self/mountinfo";
      const [first, second] = [0, 1].map(() => run(stage, runtime, { asked, script }).stdout);
      assert.match(first!, /^dynuser-private-[0-9a-f]{16}\n$/);
      assert.is.not(first, second);
      assert.is.not(stage.testHost.sh(before).stdout.includes(first!.trim()), true);
    },
  );

  trust("what annotations name lies below a directory of the engine, and is at the plain path inside", (stage) => {
    const { testHost } = stage;
    const names = "credstore extensions udev systemd docker netns cloud-init resolvconf tmpfiles.d";
    const asked = { ...WITH_USER, StateDirectory: names, RuntimeDirectory: names, LogsDirectory: "journal" };
    const script =
      "for d in $(echo $STATE_DIRECTORY:$RUNTIME_DIRECTORY:$LOGS_DIRECTORY | tr : ' '); do touch $d/f && echo $d; done";
    const { stdout, stderr } = run(stage, runtime, { configuration: OWN, asked, script });
    assert.is(stdout.split("\n").filter(Boolean).length, 19, stderr);
    assert.match(stdout, "/run/credstore\n");
    const onHost = names
      .split(" ")
      .flatMap((name) => [`/run/${name}/f`, `/var/lib/${name}`, `/var/lib/private/${name}`]);
    assert.is(testHost.sh(`ls -d ${onHost.join(" ")} /var/log/journal 2>/dev/null`).stdout, "");
    assert.is(testHost.sh("ls /var/lib/private/dynuser-containers/podman/extensions").stdout, "f\n");
    assert.is(testHost.sh("ls -A /run/dynuser-containers 2>/dev/null").stdout, "");
  });

  trust(
    "a podman that copies annotations of images gives them no directory without the administrator's word",
    (stage) => {
      for (const directive of ["StateDirectory", "CacheDirectory", "LogsDirectory", "RuntimeDirectory"]) {
        const asked = { ...WITH_USER, [directive]: "web" };
        if (!has(stage.testHost, "podmanKeepsAnnotations"))
          refused(stage, runtime, { asked }, `cannot take ${directive}=web: found podman before 4.6`);
        const none = "engines: { podman: { directories: none } }";
        refused(stage, runtime, { asked, configuration: none }, "found directories: none");
      }
    },
  );

  trust("directories are not deeper than any program has them", (stage) => {
    const path = (depth: number) => Array.from({ length: depth }, () => "a").join("/");
    for (const directory of [path(17), path(2000), `web:${path(17)}`]) {
      const asked = { ...WITH_USER, StateDirectory: directory };
      refused(stage, runtime, { configuration: OWN, asked }, "components, expected 16 at most");
    }
    const { status, stderr } = run(stage, runtime, {
      configuration: OWN,
      asked: { ...WITH_USER, StateDirectory: path(16) },
    });
    assert.is(status, 0, stderr);
  });

  trust("another service's directory is out of reach, whatever its owner on disk", (stage) => {
    const { testHost } = stage;
    const places = "/var/lib/private/vault /var/lib/private/dynuser-pods/bank/db /var/lib/tftp";
    testHost.sh(`mkdir -p -m 700 /var/lib/private; mkdir -p ${places}; chown -R 65534:65534 ${places}
      for place in ${places}; do echo secret >$place/file; done; ln -s private/vault /var/lib/vault`);
    const before = testHost.sh(`ls -lnR ${places}; ls -l /var/lib/vault`).stdout;
    const asked = { ...WITH_USER, StateDirectory: "vault dynuser-pods/bank/db tftp" };
    const script = "cat /var/lib/vault/* /var/lib/tftp/* /var/lib/dynuser-pods/bank/db/*; touch /var/lib/vault/mine";
    const { stdout, stderr } = run(stage, runtime, { configuration: OWN, asked, script });
    assert.not.match(stdout, "secret");
    assert.match(stderr, "/var/lib/vault/*");
    assert.is(testHost.sh(`ls -lnR ${places}; ls -l /var/lib/vault`).stdout, before);
  });

  trust("maxima and profiles name the host's own directories, but none that the host's programs read", (stage) => {
    const { testHost } = stage;
    const configuration =
      "engines: { podman: { directories: own, defaultProfile: base, maxima: { StateDirectory: [apps, extensions] } } }";
    const profile = "DynamicUser: yes\nCacheDirectory: shared\n";
    const asked = { Name: "web", StateDirectory: "apps/web", CacheDirectory: "mine" };
    const script = "touch $STATE_DIRECTORY/f /var/cache/shared/f /var/cache/mine/f";
    const { status, stderr } = run(stage, runtime, { configuration, profile, asked, script });
    assert.is(status, 0, stderr);
    const files = "/var/lib/private/apps/web/f /var/cache/private/shared/f";
    assert.is(testHost.sh(`ls ${files} /var/cache/private/dynuser-containers/podman/mine/f`).status, 0);
    const extensions = { ...asked, StateDirectory: "extensions" };
    const read = 'cannot take StateDirectory=extensions: programs of the host read "/var/lib/extensions"';
    refused(stage, runtime, { configuration, profile, asked: extensions }, read);
    const all = "engines: { podman: { policy: all } }";
    const credstore = { ...WITH_USER, RuntimeDirectory: "credstore" };
    refused(stage, runtime, { configuration: all, asked: credstore }, 'programs of the host read "/run/credstore"');
    for (const name of ["cdi", "nscd", "rancher/k3s", "./extensions", "\\x65xtensions"])
      refused(
        stage,
        runtime,
        { configuration: all, asked: { ...WITH_USER, StateDirectory: name } },
        "programs of the host read",
      );
    const udev = "DynamicUser: yes\nRuntimeDirectory: udev/rules.d\n";
    const chosen = "engines: { podman: { defaultProfile: base } }";
    refused(stage, runtime, { configuration: chosen, profile: udev, asked: {} }, "programs of the host read");
  });

  trust(
    "a directory without a record is given to no container, and files of an earlier version are not forgotten",
    (stage) => {
      const { testHost } = stage;
      const asked = { ...WITH_USER, StateDirectory: "stray" };
      const own = "/var/lib/private/dynuser-containers/podman";
      testHost.sh(`mkdir -p -m 700 /var/lib/private; mkdir -p ${own}/stray; chown 65534:65534 ${own}/stray`);
      refused(
        stage,
        runtime,
        { configuration: OWN, asked },
        `found "${own}/stray", which no container of podman has made`,
      );
      testHost.sh(`rmdir ${own}/stray`);

      const maxima = "engines: { podman: { maxima: { StateDirectory: [stray] } } }";
      assert.is(
        run(stage, runtime, { configuration: maxima, asked, script: "echo kept >$STATE_DIRECTORY/f" }).status,
        0,
      );
      const words = "dynuser state migrate --engine podman /var/lib/private/stray";
      refused(stage, runtime, { configuration: OWN, asked }, words);
      const moved = testHost.run([DYNUSER, ...words.split(" ").slice(1)]);
      assert.is(moved.status, 0, moved.stderr);
      const { stdout, stderr } = run(stage, runtime, { configuration: OWN, asked, script: "cat $STATE_DIRECTORY/f" });
      assert.is(stdout, "kept\n", stderr);
      assert.is(testHost.sh("ls -d /var/lib/stray /var/lib/private/stray 2>/dev/null").stdout, "");
    },
  );

  trust("a tenant names only the profiles that the administrator lists", (stage) => {
    const container = { engine: "kubernetes", profile: "BindPaths: /etc:/host\n" } as const;
    const asked = { Profile: "base" };
    refused(stage, runtime, { ...container, asked }, 'cannot take profile "base": kubernetes may have none');
    const configuration = "engines: { kubernetes: { profiles: [base] } }";
    const { stdout, stderr } = run(stage, runtime, {
      ...container,
      configuration,
      asked,
      script: "ls -d /host/passwd",
    });
    assert.is(stdout, "/host/passwd\n", stderr);
  });

  trust("a directory that annotations name instead of the profile's is the engine's, not the host's", (stage) => {
    const { testHost } = stage;
    testHost.sh(
      "mkdir -p /var/lib/private/treasury; chown 65534:65534 /var/lib/private/treasury; echo secret >/var/lib/private/treasury/f",
    );
    const configuration = "engines: { podman: { directories: own, defaultProfile: base } }";
    const profile = "DynamicUser: yes\nStateDirectory: web\n";
    const asked = { Name: "web", StateDirectory: "\ntreasury" };
    const { stdout, stderr } = run(stage, runtime, {
      configuration,
      profile,
      asked,
      script: "ls -A $STATE_DIRECTORY; echo end",
    });
    assert.is(stdout, "end\n", stderr);
  });

  trust("RestrictSUIDSGID= of a profile is not replaced by the weaker one that DynamicUser= implies", (stage) => {
    const configuration = "engines: { podman: { defaultProfile: base } }";
    const profile = "DynamicUser: yes\nRestrictSUIDSGID: yes\n";
    for (const value of ["", "no"]) {
      const container = { configuration, profile, asked: { RestrictSUIDSGID: value } };
      refused(stage, runtime, container, "cannot take RestrictSUIDSGID= from an annotation: found less than");
    }
  });

  trust("what a profile mounts over a volume stays there whatever annotations restrict", (stage) => {
    const { testHost } = stage;
    testHost.sh("mkdir -p /srv/volume; echo secret >/srv/volume/key");
    const configuration = "engines: { podman: { policy: tighten, defaultProfile: base } }";
    const profile = "TemporaryFileSystem: /data:ro\nProtectHome: tmpfs\n";
    const mounts = ["/data", "/root"].map((destination) => ({
      destination,
      type: "bind",
      source: "/srv/volume",
      options: ["rbind"],
    }));
    for (const asked of [{}, { ReadOnlyPaths: "/data" }, { NoExecPaths: "/root" }, { ReadOnlyPaths: "/data\n/root" }]) {
      const script = "ls -A /data /root; touch /data/x /root/x";
      const { stdout, stderr } = run(stage, runtime, { configuration, profile, asked, script, mounts });
      assert.is(stdout, "/data:\n\n/root:\n", stderr);
      assert.match(stderr, "/data/x: Read-only file system");
    }
  });

  trust("InaccessiblePaths= hides a volume whose mount point the image does not have", (stage) => {
    stage.testHost.sh("mkdir -p /srv/new; echo secret >/srv/new/key; echo secret >/srv/key");
    const mounts = ["new", "key"].map((name) => ({
      destination: `/absent/${name}`,
      type: "bind",
      source: `/srv/${name}`,
      options: ["rbind"],
    }));
    for (const more of [{}, WITH_USER]) {
      const asked = { ...more, InaccessiblePaths: "/absent/new -/absent/key" };
      const script = "ls -ld /absent/new /absent/key | cut -c 1-10; cat /absent/new/key /absent/key";
      const { stdout, stderr } = run(stage, runtime, { asked, script, mounts });
      assert.is(stdout, "----------\nd---------\n", stderr);
    }
  });

  trust("a tenant's volume of the host's files is not given to it", (stage) => {
    const { testHost } = stage;
    const pods = "/var/lib/kubelet/pods";
    testHost.sh(`mkdir -p -m 750 /srv/secret ${pods}/0a1b-own/volumes/kubernetes.io~secret/token
      mkdir -p ${pods}/other/volumes/kubernetes.io~empty-dir/data /var/lib/private/vault /var/lib/extensions /var/spool/cron
      mkdir -p ${pods}/0a1b-own/volume-subpaths/host/main/0 /srv/nobodys; chown 65534:65534 /srv/nobodys /var/lib/private/vault
      for place in /srv/secret ${pods}/*/volumes/*/* ${pods}/*/*/host/main/0 /var/lib/private/vault; do echo secret >$place/key; done
      ln -s /srv/secret /srv/link; ln -s /var/lib/extensions /srv/empty`);
    const sources = [
      "/srv/secret",
      "/srv/link",
      "/srv/empty",
      "/srv/nobodys",
      `${pods}/0a1b-own/volumes/kubernetes.io~secret/token`,
      `${pods}/0a1b-own/volume-subpaths/host/main/0`,
      `${pods}/other/volumes/kubernetes.io~empty-dir/data`,
      "/var/lib/private/vault",
      "/var/lib/extensions",
      "/var/spool/cron",
      "/var",
    ];
    const before = testHost.sh(
      "ls -lnR /srv /var/lib/kubelet /var/lib/private /var/lib/extensions /var/spool/cron",
    ).stdout;
    for (const source of sources) {
      for (const options of [["rbind"], ["rbind", "ro"]]) {
        const mounts = [{ destination: "/var/lib/web", type: "bind", source, options }];
        const asked = { ...WITH_USER, StateDirectory: "web" };
        refused(stage, runtime, { engine: "kubernetes", asked, mounts }, 'cannot take the volume "');
      }
    }
    const after = testHost.sh(
      "ls -lnR /srv /var/lib/kubelet /var/lib/private /var/lib/extensions /var/spool/cron",
    ).stdout;
    assert.is(after, before);
  });

  trust("the kubelet's volumes of this pod, empty directories and listed ones become its own", (stage) => {
    const { testHost } = stage;
    const pod = "/var/lib/kubelet/pods/0a1b-own";
    testHost.sh(`rm -rf /srv/*; mkdir -p ${pod}/volumes/kubernetes.io~empty-dir/data ${pod}/volumes/kubernetes.io~csi/claim/mount
      mkdir -p ${pod}/volume-subpaths/claim/main/0 /srv/empty /srv/listed/web
      for place in ${pod}/volumes/*/data ${pod}/volumes/*/*/mount ${pod}/*/claim/main/0 /srv/listed/web; do echo old >$place/old; done`);
    const configuration = "engines: { kubernetes: { volumes: [/srv/listed] } }";
    for (const source of [
      `${pod}/volumes/kubernetes.io~empty-dir/data`,
      `${pod}/volumes/kubernetes.io~csi/claim/mount`,
      `${pod}/volume-subpaths/claim/main/0`,
      "/srv/empty",
      // by its record, as it is not empty any more
      "/srv/empty",
      "/srv/listed/web",
    ]) {
      const mounts = [{ destination: "/var/lib/web", type: "bind", source, options: ["rbind"] }];
      const asked = { ...WITH_USER, StateDirectory: "web" };
      const script = "echo new >/var/lib/web/new; stat -c %u /var/lib/web /var/lib/web/* | sort -u; id -u";
      const { stdout, stderr } = run(stage, runtime, { engine: "kubernetes", configuration, asked, script, mounts });
      assert.match(stdout, /^(6\d+)\n\1\n$/, `${source}: ${stderr}`);
    }
    const mounts = [{ destination: "/var/lib/web", type: "bind", source: "/srv/empty", options: ["rbind"] }];
    const asked = { ...WITH_USER, StateDirectory: "web" };
    const annotations = { "io.kubernetes.cri.sandbox-namespace": "other" };
    refused(stage, runtime, { engine: "kubernetes", asked, mounts, annotations }, "cannot take the volume");
  });

  trust("annotations beyond the bounds are refused in one line", (stage) => {
    const lines = Array.from({ length: 16_384 }, (_, index) => `-/x${index}`).join("\n");
    for (const directive of ["InaccessiblePaths", "StateDirectory", "RestrictNamespaces"]) {
      const container = { engine: "kubernetes", asked: { [directive]: lines } } as const;
      const { stderr } = run(stage, runtime, container);
      assert.match(stderr, /cannot read the annotations below dynuser\/: found \d+ \w+, expected \d+ at most/);
      assert.is(stderr.split("\n").filter((line) => line.includes("cannot")).length, 1);
    }
  });

  trust.run();
}
