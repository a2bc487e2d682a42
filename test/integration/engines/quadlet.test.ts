import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ASKING } from "../../support/engines/engines.ts";
import { writeImage } from "../../support/engines/image.ts";
import { treeOf } from "../../support/hosts/roots.ts";
import { bootSystemdHost, type Run, type SystemdHost } from "../../support/hosts/systemdHost.ts";

/* Engines under a real systemd: examples/quadlet as it is there, and both doors. */

const ROOT = join(import.meta.dirname, "../../..");
const BUSYBOX = "docker.io/library/busybox:latest";

interface Stage {
  reference: SystemdHost;
  sh(script: string): Run;
}

const SYSTEMS = [
  ["podman 5.4 under systemd 257", { layers: ["podman"] }],
  ["the newest podman under the newest systemd", { tree: treeOf("sid") }],
] as const;

for (const [name, furnishing] of SYSTEMS) {
  const quadlet = suite<Stage>(`Quadlet of ${name}`);

  quadlet.before(async (stage) => {
    stage.reference = await bootSystemdHost(furnishing);
    stage.sh = (script) => stage.reference.run(["sh", "-c", script]);
    install(stage.reference.root);
    const { status, stderr } = stage.sh("podman load -q -i /var/lib/image.tar && systemctl daemon-reload");
    assert.is(status, 0, stderr);
  });
  quadlet.after.each(({ reference: { root }, sh }) => {
    sh("podman rm --all --force --time 0");
    for (const place of ["dynuser/holders", "dynuser/containers", "userdb"]) {
      assert.equal(readdirSync(`${root}/run/${place}`), [], place);
    }
  });
  quadlet.after(({ reference }) => reference.stop());

  quadlet("examples/quadlet: a service of systemd with its own user, which keeps its state", ({ sh }) => {
    for (const [verb, said] of [
      ["start", "visits\n1\n"],
      ["restart", "visits\n2\n"],
    ]) {
      assert.is(sh(`systemctl ${verb} visits`).status, 0);
      // Standard output of a container comes through conmon, whenever it does.
      const logs = sh(`until podman logs visits | grep -q '^[0-9]'; do sleep 0.1; done; podman logs visits`);
      assert.is(logs.stdout, said, logs.stderr);
    }
    assert.is(sh("podman exec visits id -un").stdout, "visits\n");
    sh("systemctl stop visits");
    assert.is(sh("systemctl is-failed visits").stdout, "inactive\n");
    assert.is(sh("stat -c %U /var/lib/private/dynuser-containers/podman/visits/log").stdout, "nobody\n");
  });

  quadlet(
    "dynuser-standby@.service: a container asks what stands by, and does without when it has been stopped",
    ({ sh }) => {
      const callsAnswered = () =>
        Number(sh("ls /run/dynuser/standby | cut -d - -f 2 | sort -n | tail -n 1").stdout) - 1;
      sh("systemctl start dynuser-standby@1; until ls /run/dynuser/standby/*/line; do sleep 0.1; done");
      for (const verb of ["start", "restart"]) assert.is(sh(`systemctl ${verb} visits`).status, 0);
      assert.ok(callsAnswered() >= 2);
      assert.is(sh("podman exec visits id -un").stdout, "visits\n");
      assert.is(sh("systemctl stop dynuser-standby@1").status, 0);
      assert.is(sh("systemctl restart visits").status, 0);
      assert.is(sh("podman exec visits id -un").stdout, "visits\n");
      sh("systemctl stop visits");
      assert.is(sh("systemctl is-failed dynuser-standby@1").stdout, "inactive\n");
    },
  );

  quadlet("dynuser-standby.path: the first container starts a standby process for the next ones", ({ sh }) => {
    assert.is(sh("systemctl start dynuser-standby.path").status, 0);
    assert.is(sh("systemctl is-active dynuser-standby.service").stdout, "inactive\n");
    assert.is(sh("systemctl start visits").status, 0);
    sh("i=0; until ls /run/dynuser/standby/*/line || [ $i = 100 ]; do i=$((i + 1)); sleep 0.1; done");
    assert.is(sh("systemctl is-active dynuser-standby.service").stdout, "active\n");
    assert.is(sh("systemctl stop visits dynuser-standby.path dynuser-standby.service").status, 0);
  });

  for (const [door, globals] of Object.entries({
    runtime: "--runtime dynuser",
    hooks: "--hooks-dir /usr/share/dynuser/hooks.d",
  })) {
    quadlet(`the ${door}: state goes on, exec does not become root`, ({ sh }) => {
      const run = `podman ${globals} run --network none ${ASKING.join(" ")}`;
      const script = "id -un; cat $STATE_DIRECTORY/f 2>/dev/null; echo kept >$STATE_DIRECTORY/f; ! touch /x";
      sh(`rm -rf /var/lib/private/dynuser-containers/podman/web; ${run} --rm ${BUSYBOX} sh -c '${script}'`);
      const { stdout, stderr } = sh(`${run} --rm ${BUSYBOX} sh -c '${script}'`);
      assert.is(stdout, "web\nkept\n", stderr);
      sh(`${run} -d --name c ${BUSYBOX} sleep 1000`);
      const asRoot = sh(`podman ${globals} exec --user 0 c id -u`).stdout;
      assert.is.not(asRoot, "0\n");
      assert.is(sh(`podman ${globals} restart -t 0 c`).status, 0);
      const refused = sh(`${run} --rm --annotation dynuser/Nope=1 ${BUSYBOX} id`);
      assert.is(refused.status, 126);
      assert.match(refused.stderr, "dynuser: cannot read Nope=: unknown to systemd 262");
    });
  }

  quadlet("a health check runs as the container's user", ({ sh }) => {
    const health = "--health-cmd 'test $(whoami) = web' --health-interval disable";
    sh(`podman --runtime dynuser run -d --name c --network none ${ASKING.join(" ")} ${health} ${BUSYBOX} sleep 1000`);
    const { status, stderr } = sh("podman healthcheck run c");
    assert.is(status, 0, stderr);
  });

  quadlet.run();
}

/** dynuser where a package puts it; without controllers for the limits that podman sets on its own. */
function install(root: string): void {
  for (const directory of [
    "usr/libexec/dynuser",
    "usr/share/dynuser",
    "etc/containers/containers.conf.d",
    "etc/containers/systemd",
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  copyFileSync(join(ROOT, "dist/dynuser"), `${root}/usr/bin/dynuser`);
  for (const name of ["crun", "call"]) {
    copyFileSync(join(ROOT, "libexec/dynuser"), `${root}/usr/libexec/dynuser/${name}`);
    chmodSync(`${root}/usr/libexec/dynuser/${name}`, 0o755);
  }
  cpSync(join(ROOT, "examples/systemd"), `${root}/usr/lib/systemd/system`, { recursive: true });
  cpSync(join(ROOT, "hooks"), `${root}/usr/share/dynuser/hooks.d`, { recursive: true });
  copyFileSync(
    join(ROOT, "examples/podman/containers.conf"),
    `${root}/etc/containers/containers.conf.d/50-dynuser.conf`,
  );
  copyFileSync(join(ROOT, "examples/quadlet/visits.container"), `${root}/etc/containers/systemd/visits.container`);
  const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\npids_limit = 0\n';
  writeFileSync(`${root}/etc/containers/containers.conf`, `[containers]\n${limits}[engine]\nevents_logger = "file"\n`);
  writeFileSync(`${root}/etc/containers/policy.json`, '{"default": [{"type": "insecureAcceptAnything"}]}');
  writeImage(`${root}/var/lib/image.tar`, { name: BUSYBOX });
}
