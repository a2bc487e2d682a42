import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { podmanCommand, startPodman } from "../../support/engines/engines.ts";
import { install } from "../../support/hosts/installed.ts";
import { treeOf } from "../../support/hosts/roots.ts";
import { REFERENCE_TREE } from "../../support/hosts/systemdHost.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { FRESH_DIRECTORIES } from "../../support/systemd/realServices.ts";

/*
 * Units that Debian ships, in each form that convert writes. Under podman they start, in a root file system that has their
 * programs, with the default policy and nothing but what convert has written.
 */

const SERVICES = `
  chrony-wait chrony chronyd-restricted haproxy memcached mosquitto nginx pdns-recursor prometheus-node-exporter
  redis-server systemd-resolved tor tor@default unbound-resolvconf unbound`;
const SYSTEM = `
  apt-daily apt-daily-upgrade console-getty debug-shell dpkg-db-backup fstrim ldconfig pam_namespace
  systemd-hostnamed systemd-journald systemd-localed systemd-logind systemd-machine-id-commit systemd-networkd
  systemd-pstore systemd-rfkill systemd-sysctl systemd-sysusers systemd-timedated systemd-tmpfiles-clean`;
const UNITS = `${SERVICES} ${SYSTEM}`.trim().split(/\s+/);

/** What cannot start here, and why. */
const OBSTACLES: ReadonlyMap<string, RegExp> = new Map([
  ["haproxy", /\/dev\/log: no such file/], // of a host without journal
  ["systemd-journald", /oom_score_adj: Permission denied|OOMScoreAdjust=-250: found no right/], // where root lacks CAP_SYS_RESOURCE
]);

let host: TestHost;
/** The programs of all units, as an image would have them. */
let root: string;

test.before(async () => {
  host = await openTestHost("with roots");
  install(host);
  startPodman(host);
  host.sh("rm -rf /etc/dynuser");
  root = join(host.directory, "root");
  const made = host.sh(`set -e
    mkdir ${root} ${host.directory}/upper
    mount -t tmpfs tmpfs ${host.directory}/upper
    mkdir ${host.directory}/upper/up ${host.directory}/upper/work
    mount -t overlay overlay -o lowerdir=${REFERENCE_TREE}-services:${REFERENCE_TREE},upperdir=${host.directory}/upper/up,workdir=${host.directory}/upper/work ${root}
    cp -n ${root}/etc/default/* /etc/default/ || true
    mkdir -p /run/systemd/journal
    chroot ${root} sh -euc '${FRESH_DIRECTORIES.replace(/ip link.*/, "")}'`);
  assert.is(made.status, 0, made.stderr);
});
test.after(() => host.close());

/** Writes a unit in a form; the words on standard error. */
function convert(unit: string, form: string): { readonly place: string; readonly told: string } {
  const place = join(host.directory, "converted", form, unit);
  mkdirSync(place, { recursive: true });
  const path = `${root}/usr/lib/systemd/system/${unit}.service`;
  const { status, stderr } = host.run([
    "dynuser",
    "convert",
    path,
    "--to",
    form,
    "--image",
    "localhost/x",
    "--output",
    place,
  ]);
  assert.is(status, 0, `${unit}: ${stderr}`);
  return { place, told: stderr };
}

function nameOf(unit: string): string {
  return unit.replace("@", "-");
}

/** What the script has podman start, in `root` in place of an image; containers of an engine cannot log here. */
function start(unit: string): string {
  const { status, stdout, stderr } = host.run([
    "dynuser",
    "convert",
    `${root}/usr/lib/systemd/system/${unit}.service`,
    "--to",
    "podman",
  ]);
  assert.is(status, 0, `${unit}: ${stderr}`);
  const podman = podmanCommand(host, []).join(" ");
  const script = stdout
    .replace("podman run", `${podman} run --detach --log-driver none`)
    .replace(/^ {2}IMAGE/m, `  --rootfs ${root}`);
  const run = host.sh(script);
  host.sh(`${podman} rm --force --time 0 ${nameOf(unit)}`);
  return run.status === 0 ? "" : run.stderr;
}

test("under podman: they start with the default policy and what convert has written", () => {
  const failures = UNITS.map((unit) => [unit, start(unit)] as const).filter(([, problem]) => problem !== "");
  const unexpected = failures.filter(([unit, problem]) => !OBSTACLES.get(unit)?.test(problem));
  assert.equal(unexpected, []);
  assert.ok(UNITS.length - failures.length >= 25 && UNITS.length >= 30);
});

test("under Quadlet: podman's generator makes services of them", () => {
  const directory = join(host.directory, "quadlets");
  mkdirSync(directory);
  for (const unit of UNITS) {
    const { place } = convert(unit, "quadlet");
    host.sh(`cp ${place}/*.container ${directory}`);
  }
  const tree = treeOf("sid");
  assert.ok(existsSync(tree), tree);
  const { stdout, stderr } = host.sh(
    `mount --bind ${directory} ${tree}/mnt; QUADLET_UNIT_DIRS=/mnt chroot ${tree} /usr/libexec/podman/quadlet --dryrun; umount ${tree}/mnt`,
  );
  const services = [...stdout.matchAll(/^---(.*)\.service---$/gm)].map(([, name]) => name);
  assert.equal(services.sort(), UNITS.map(nameOf).sort(), stderr);
  assert.not.match(stderr, /unsupported|error/i);
});

test("for Kubernetes: the manifests are as its schemas want them", async () => {
  const { Pod } = await import("kubernetes-models/v1");
  for (const unit of UNITS) {
    const { place } = convert(unit, "kubernetes");
    const text = readFileSync(`${place}/${nameOf(unit)}.pod.yaml`, "utf8");
    new Pod(parse(text, { version: "1.1" })).validate();
  }
});

/** Keys of a service that the Compose specification has and convert writes. */
const COMPOSE_KEYS = new Set(
  `image container_name runtime network_mode user group_add cap_add restart stop_signal stop_grace_period working_dir
  env_file environment ulimits volumes annotations entrypoint command`.split(/\s+/),
);

test("for Compose: a service with keys of its specification", () => {
  for (const unit of UNITS) {
    const { place } = convert(unit, "compose");
    const { services } = parse(readFileSync(`${place}/${nameOf(unit)}.compose.yaml`, "utf8"), { version: "1.1" });
    assert.equal(Object.keys(services), [nameOf(unit)]);
    const odd = Object.keys(services[nameOf(unit)]).filter((key) => !COMPOSE_KEYS.has(key));
    assert.equal(odd, [], unit);
  }
});

test("what is left out is not in the output, and a forking service is reported", () => {
  const listed = host.sh(`cd ${root}/usr/lib/systemd/system; grep -l ^Type=forking *.service`).stdout;
  const forking = new Set(listed.split("\n").map((file) => file.replace(".service", "")));
  for (const unit of UNITS) {
    for (const form of ["podman", "quadlet", "kubernetes", "compose"]) {
      const { place, told } = convert(unit, form);
      const text = host.sh(`cat $(find ${place} -type f)`).stdout;
      for (const [, name] of told.matchAll(/left out (Exec(?!Start)\w+|PIDFile|NoExecPaths|Standard\w+)=:/g)) {
        assert.not.match(text, new RegExp(`\\b${name}\\b`), `${unit} ${form}`);
      }
      const isForking = forking.has(unit);
      assert.is(told.includes("left out Type=forking: "), isForking, `${unit} ${form}`);
    }
  }
});

test("a .container file is understood, too", () => {
  const { place } = convert("redis-server", "quadlet");
  const { status, stdout, stderr } = host.run([
    "dynuser",
    "convert",
    `${place}/redis-server.container`,
    "--to",
    "compose",
  ]);
  assert.is(status, 0, stderr);
  const service = parse(stdout, { version: "1.1" }).services["redis-server"];
  assert.is(service.image, "localhost/x");
  assert.is(service.user, "redis:redis");
  assert.equal(service.entrypoint.slice(0, 2), ["/usr/bin/redis-server", "/etc/redis/redis.conf"]);
  writeFileSync(join(host.directory, "broken.container"), "[Service]\n");
  const broken = host.run(["dynuser", "convert", join(host.directory, "broken.container"), "--to", "compose"]);
  assert.match(broken.stderr, /found no section \[Container\]/);
});

test.run();
