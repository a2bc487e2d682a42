import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { version } from "../../package.json";
import { REFERENCE_TREE } from "../support/referenceSystemd.ts";

/*
 * The package for Debian, installed and removed in a throw-away copy of a Debian: an overlay in a mount namespace of its
 * own, gone with its last process.
 */

const ROOT = join(import.meta.dirname, "../..");
const DEBIAN = { x64: "amd64", arm64: "arm64" }[process.arch as "x64" | "arm64"];
const PACKAGE = join(ROOT, `dist/dynuser_${version}_${DEBIAN}.deb`);

const WORLD = `
  set -e
  mount -t tmpfs tmpfs "$1"
  mkdir "$1/upper" "$1/work" "$1/root"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
  mount -t proc proc "$1/root/proc"
  mount -t tmpfs tmpfs "$1/root/run"
  cp "$3" "$1/root/tmp/dynuser.deb"
  printf '#!/bin/sh\\necho "the real crun $*"\\n' >"$1/root/usr/bin/crun"
  chmod 755 "$1/root/usr/bin/crun"
  exec chroot "$1/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec "$4"
`;

function inDebian(script: string): string {
  const directory = mkdtempSync(join(tmpdir(), "dynuser-package-"));
  try {
    const args = [
      "-m",
      "--propagation",
      "private",
      "sh",
      "-c",
      WORLD,
      "sh",
      directory,
      REFERENCE_TREE,
      PACKAGE,
      script,
    ];
    const { stdout, stderr, status } = spawnSync("unshare", args, { encoding: "utf8" });
    assert.is(status, 0, stdout + stderr);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A container that runs, as far as anybody can tell: its holder is a process that does. */
const HOLD = `
  sleep 1000 </dev/null >/dev/null 2>&1 &
  mkdir -p /run/dynuser/holders /run/dynuser/containers/run:crun:some-container
  cat >/run/dynuser/holders/run:crun:some-container.json <<END
  {"id":"run:crun:some-container","lease":"static=0","name":"root","groupName":"root","uid":0,"gid":0,"phase":"claimed",
   "claimer":{"pid":$!,"startTime":$(cut -d " " -f 22 /proc/$!/stat),"pidNamespace":"$(readlink /proc/self/ns/pid)",
   "bootId":"$(cat /proc/sys/kernel/random/boot_id)"},"cgroups":[],"releases":[],"createdAt":"2026-01-01T00:00:00.000Z"}
END
`;

const INSTALL = "dpkg --force-depends -i /tmp/dynuser.deb >/dev/null 2>&1";
const CALL = "/usr/libexec/dynuser/crun state some-container";

test.before(() => {
  const { status, stderr } = spawnSync("npm", ["run", "package"], { cwd: ROOT, encoding: "utf8" });
  assert.is(status, 0, stderr);
});

test.after(() => {
  for (const name of readdirSync(join(ROOT, "dist")).filter((one) => /\.(deb|tar\.gz)$/.test(one)))
    rmSync(join(ROOT, "dist", name));
});

test("installed, the program, the runtimes, the manual and completion are in their places", () => {
  const output = inDebian(`
    ${INSTALL}
    dynuser --version
    ${CALL}
    for path in bin/dynuser libexec/dynuser/runc share/man/man1/dynuser.1.gz share/man/man8/dynuser-oci-runtime.8.gz \\
      libexec/dynuser/call "lib/systemd/system/dynuser-standby@.service" \\
      share/bash-completion/completions/dynuser share/dynuser/hooks.d/dynuser-precreate.json; do ls /usr/$path; done
    ls /usr/share/containers/oci/hooks.d 2>/dev/null || echo "no shared hooks"
  `);
  assert.match(output, new RegExp(`^dynuser ${version}\nthe real crun state some-container\n`));
  assert.match(output, /no shared hooks\n$/);
});

test("removed, nothing of it stays", () => {
  const output = inDebian(`
    ${INSTALL}
    dpkg -r dynuser >/dev/null
    find / -xdev -path /proc -prune -o -name '*dynuser*' -print | grep -v -e ^/tmp/ -e ^/var/lib/dpkg/ -e ^/run/ || echo nothing
  `);
  assert.is(output, "nothing\n");
});

test("removed while containers need it, their runtime goes on to work", () => {
  const output = inDebian(`
    ${INSTALL}
    ${HOLD}
    dpkg -r dynuser 2>&1 >/dev/null
    ${CALL}
    ${INSTALL}
    [ ! -L /usr/libexec/dynuser/crun ] && echo "ours again"
    kill $!
    dpkg --purge dynuser >/dev/null 2>&1
    ls /usr/libexec/dynuser 2>/dev/null || echo gone
  `);
  assert.match(output, /the real crun state some-container\nours again\ngone\n$/);
});

test.run();
