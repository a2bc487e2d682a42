import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { version } from "../../../package.json";
import { REFERENCE_TREE } from "../../support/hosts/systemdHost.ts";

/*
 * The package for Debian, installed and removed in a throw-away copy of a Debian: an overlay in a mount namespace of its
 * own, gone with its last process.
 */

const ROOT = join(import.meta.dirname, "../../..");
const DEBIAN = { x64: "amd64", arm64: "arm64" }[process.arch as "x64" | "arm64"];
const PACKAGE = join(ROOT, `dist/dynuser_${version}_${DEBIAN}.deb`);

const FEDORA = join(
  ROOT,
  `dist/dynuser-${version}-1.${{ x64: "x86_64", arm64: "aarch64" }[process.arch as "x64"]}.rpm`,
);

const IN_DEBIAN = `
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
      IN_DEBIAN,
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

/** A running container, by its records: its holder is a running process. */
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
  for (const name of readdirSync(join(ROOT, "dist")).filter((one) =>
    /\.(?:deb|rpm|tar\.gz|cdx\.json)$|^SHA256SUMS$/.test(one),
  ))
    rmSync(join(ROOT, "dist", name));
});

test("the same sources give the same bytes, whatever the umask", () => {
  const before = checksums();
  const { status, stderr } = spawnSync("sh", ["-c", "umask 077; exec npm run package"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.is(status, 0, stderr);
  assert.equal(checksums(), before);
});

test("checksums cover each package and the list of components, which names the runtime", () => {
  const { stdout, status } = spawnSync("sha256sum", ["-c", "SHA256SUMS"], {
    cwd: join(ROOT, "dist"),
    encoding: "utf8",
  });
  assert.is(status, 0, stdout);
  assert.match(stdout, `dynuser_${version}_${DEBIAN}.deb: OK`);
  const { components } = JSON.parse(readFileSync(join(ROOT, `dist/dynuser-${version}.cdx.json`), "utf8"));
  assert.equal(
    components.map(({ purl }: { readonly purl: string }) => purl.replace(/@[^@]*$/, "")),
    ["pkg:npm/bun", "pkg:npm/diff", "pkg:npm/fastest-levenshtein", "pkg:npm/smol-toml", "pkg:npm/yaml"],
  );
});

function checksums(): string {
  return readFileSync(join(ROOT, "dist/SHA256SUMS"), "utf8");
}

test("installed, the program, the runtimes, the manual and completion are in their places", () => {
  const output = inDebian(`
    ${INSTALL}
    dynuser --version
    ${CALL}
    for path in bin/dynuser libexec/dynuser/runc share/man/man1/dynuser.1.gz share/man/man8/dynuser-oci-runtime.8.gz \\
      libexec/dynuser/call "lib/systemd/system/dynuser-standby@.service" lib/systemd/system/dynuser-standby.path \\
      share/bash-completion/completions/dynuser share/dynuser/hooks.d/dynuser-precreate.json; do ls /usr/$path; done
    ls /usr/share/containers/oci/hooks.d 2>/dev/null || echo "no shared hooks"
  `);
  assert.match(output, new RegExp(`^dynuser ${version}\nthe real crun state some-container\n`));
  assert.match(output, /no shared hooks\n$/);
});

test("installed for the first time, a standby process waits for the first container, unless a preset forbids it", () => {
  const state = "systemctl is-enabled dynuser-standby.path 2>/dev/null || true";
  const output = inDebian(`
    ${INSTALL}
    ${state}
    systemctl disable dynuser-standby.path >/dev/null 2>&1
    ${INSTALL}
    ${state}
    dpkg --purge dynuser >/dev/null 2>&1
    mkdir -p /etc/systemd/system-preset; echo 'disable dynuser*' >/etc/systemd/system-preset/50-site.preset
    ${INSTALL}
    ${state}
  `);
  assert.is(output, "enabled\ndisabled\ndisabled\n");
});

test("the package for Fedora has the files of the archive, needs a low-level runtime, and can be installed and removed", () => {
  const script = `
    set -e
    mount -t tmpfs tmpfs "$1"
    rpm -qp --requires "$2" | grep -v -e ^rpmlib -e ^/bin/sh
    rpm --root "$1" --dbpath /db -i --nodeps --noscripts "$2"
    "$1/usr/bin/dynuser" --version
    ls "$1/usr/share/zsh/site-functions" "$1/usr/libexec/dynuser"
    rpm --root "$1" --dbpath /db -e --noscripts dynuser
    find "$1" -name '*dynuser*'`;
  const directory = mkdtempSync(join(tmpdir(), "dynuser-rpm-"));
  const { stdout, stderr } = spawnSync(
    "unshare",
    ["-m", "--propagation", "private", "sh", "-c", script, "sh", directory, FEDORA],
    { encoding: "utf8" },
  );
  rmSync(directory, { recursive: true });
  const words = stdout.replaceAll(directory, "").split(/\s+/).filter(Boolean);
  assert.is(
    words.join(" "),
    `(crun or runc) dynuser ${version} /usr/libexec/dynuser: call crun runc /usr/share/zsh/site-functions: _dynuser`,
    stderr,
  );
});

test("removed, nothing of it stays", () => {
  const output = inDebian(`
    ${INSTALL}
    dpkg -r dynuser >/dev/null
    find / -xdev -path /proc -prune -o -name '*dynuser*' -print | grep -v -e ^/tmp/ -e ^/var/lib/dpkg/ -e ^/run/ || echo nothing
  `);
  assert.is(output, "nothing\n");
});

test("purged, nothing of it stays: the standby process's unit, records of users, the configuration, the ledger", () => {
  const output = inDebian(`
    ${INSTALL}
    mkdir -p /etc/systemd/system/multi-user.target.wants /run/userdb /var/lib/dynuser /etc/dynuser/profiles
    ln -s /usr/lib/systemd/system/dynuser-standby@.service \
      /etc/systemd/system/multi-user.target.wants/dynuser-standby@1.service
    touch /var/lib/dynuser/ledger /etc/dynuser/config.yaml /run/userdb/web:video.membership /run/userdb/other:video.membership
    echo '{"userName":"web","uid":63000,"service":"dynuser"}' >/run/userdb/web.user
    echo '{"groupName":"web","gid":63000,"service":"dynuser"}' >/run/userdb/web.group
    echo '{"userName":"other","uid":63001}' >/run/userdb/other.user
    for kind in user group; do ln -s web.$kind /run/userdb/63000.$kind; done
    ln -s other.user /run/userdb/63001.user
    dpkg --purge dynuser >/dev/null 2>&1
    ls /run/userdb
    find / -xdev -path /proc -prune -o -name '*dynuser*' -print | grep -v ^/tmp/ || echo nothing
    [ ! -e /run/dynuser ] && echo "no state"
  `);
  assert.equal(output.trimEnd().split("\n"), [
    "63001.user",
    "other.user",
    "other:video.membership",
    "nothing",
    "no state",
  ]);
});

test("removed while containers run, what needs dynuser is refused and everything else works, until they have gone", () => {
  const output = inDebian(`
    ${INSTALL}
    ${HOLD}
    crun=/usr/libexec/dynuser/crun
    mkdir -p /run/crun/some-container /tmp/bundle
    ln -s /run/crun/some-container /run/dynuser/containers/run:crun:some-container/runtime
    dpkg -r dynuser >/dev/null 2>&1
    for call in "exec some-container id" "--root /run/../run/crun exec some-container id" "exec ./some-container id" \
      "update --memory 1 some-container" "exec other id" "kill some-container 9"; do
      $crun $call 2>/dev/null || echo "refused: $call"
    done
    echo '{"annotations": {"dynuser/DynamicUser": "yes"}}' >/tmp/bundle/config.json
    $crun run --bundle /tmp/bundle new 2>&1 || echo "refused: run"
    $crun run new -b /tmp/bundle >/dev/null 2>&1 || echo "refused: run"
    sh /usr/libexec/dynuser/call hook precreate </dev/null 2>/dev/null || echo "refused: hook"
    ls /usr/share/dynuser/hooks.d
    dpkg --purge dynuser >/dev/null 2>&1
    ls -d $crun /run/dynuser/containers/*
    rm -r /run/crun/some-container
    $crun delete some-container
    dpkg --purge dynuser >/dev/null 2>&1 || true
    sh /var/lib/dpkg/info/dynuser.postrm purge 2>/dev/null || echo purged
    kill $!
  `);
  assert.equal(output.trimEnd().split("\n"), [
    "refused: exec some-container id",
    "refused: --root /run/../run/crun exec some-container id",
    "refused: exec ./some-container id",
    "refused: update --memory 1 some-container",
    "the real crun exec other id",
    "the real crun kill some-container 9",
    "dynuser: cannot run container: dynuser prepare ended with status 127, expected 0 (is the binary there and whole?)",
    "refused: run",
    "refused: run",
    "refused: hook",
    "dynuser-poststop.json",
    "dynuser-precreate.json",
    "/run/dynuser/containers/run:crun:some-container",
    "/usr/libexec/dynuser/crun",
    "the real crun delete some-container",
    "purged",
  ]);
});

test("removed while containers need it, their runtime goes on to work", () => {
  const output = inDebian(`
    ${INSTALL}
    ${HOLD}
    dpkg -r dynuser 2>&1 >/dev/null
    ${CALL}
    ${INSTALL}
    [ ! -L /usr/libexec/dynuser/crun ] && echo "restored"
    kill $!
    dpkg --purge dynuser >/dev/null 2>&1
    ls /usr/libexec/dynuser 2>/dev/null || echo gone
  `);
  assert.match(output, /the real crun state some-container\nrestored\ngone\n$/);
});

test.run();
