import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startPodman } from "../../support/engines/engines.ts";
import { IMAGE, makeRootfs } from "../../support/engines/image.ts";
import { install } from "../../support/hosts/installed.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/*
 * A unit under `dynuser run` and its conversion under podman, in the same files: what a process sees of itself is the
 * same.
 */

const PROBE = `#!/bin/sh
echo "user $(id -u) $(id -g)"
grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status
echo "umask $(umask)"
echo "files $(ulimit -n)"
env | grep -E '^(STATE_DIRECTORY|CACHE_DIRECTORY|GREETING|USER|LOGNAME)=' | sort
for path in /etc /data /tmp /var/lib /var/lib/web /var/cache/web; do
  if touch "$path/x" 2>/dev/null; then echo "writable $path"; else echo "closed $path"; fi
done
ls /data
head -c 1 /proc/kcore 2>&1 | wc -c
echo "arguments $*"
`;

const UNITS: Readonly<Record<string, string>> = {
  "web.service": `
    DynamicUser=yes
    StateDirectory=web
    CacheDirectory=web
    UMask=0027
    LimitNOFILE=512
    Environment=GREETING="good day" PORT=80
    CapabilityBoundingSet=CAP_KILL CAP_CHOWN
    ReadOnlyPaths=-/data
    ReadOnlyPaths=-/nowhere
    ProtectKernelTunables=yes
    RestrictNamespaces=yes
    ExecStart=/probe --port \${PORT} $PORT 'two words' 100%%
    Restart=on-failure`,
  "reader@data.service": `
    DynamicUser=yes
    StateDirectory=web/%i
    BindReadOnlyPaths=/srv/shown:/data
    PrivateNetwork=yes
    InaccessiblePaths=-/home
    SystemCallFilter=@system-service
    ExecStart=/probe %p %i`,
};

/** Both sides print the probe's output; the container's bounding set is limited by podman's. */
function startBoth(
  testHost: TestHost,
  unit: string,
): { readonly here: string; readonly there: string; readonly told: string } {
  const image = join(testHost.directory, "rootfs");
  const path = join(testHost.directory, unit);
  const here = testHost.run(["dynuser", "run", "--rootfs", image, "--unit", path]);
  assert.is(here.status, 0, here.stderr);
  const { stdout: command, stderr: told } = testHost.run([
    "dynuser",
    "convert",
    path,
    "--to",
    "podman",
    "--image",
    IMAGE,
  ]);
  const environment = `CONTAINERS_CONF=${testHost.directory}/podman/containers.conf CONTAINERS_STORAGE_CONF=${testHost.directory}/podman/storage.conf`;
  const probe = `--volume ${testHost.directory}/probe:/probe:ro`;
  const once = command
    .replace("podman run", `${environment} podman run --rm ${probe}`)
    .replace(/--restart \S+/, "--pull never");
  const there = testHost.sh(once);
  assert.is(there.status, 0, once + there.stderr);
  return { here: here.stdout, there: there.stdout, told };
}

let testHost: TestHost;

test.before.each(async () => {
  testHost = await openTestHost();
  install(testHost);
  startPodman(testHost);
  makeRootfs(join(testHost.directory, "rootfs"));
  for (const place of ["rootfs/probe", "probe"]) {
    writeFileSync(join(testHost.directory, place), PROBE, { mode: 0o755 });
  }
  mkdirSync(join(testHost.directory, "shown"));
  writeFileSync(join(testHost.directory, "shown/file"), "");
  testHost.sh(`chmod 755 ${testHost.directory}; mount -t tmpfs tmpfs /srv; mkdir /srv/shown; touch /srv/shown/file`);
});
test.after.each(() => testHost.close());

for (const [name, settings] of Object.entries(UNITS)) {
  test(`${name} is the same under podman`, () => {
    writeFileSync(join(testHost.directory, name), `[Service]\n${settings.replaceAll(/^ +/gm, "")}\n`);
    const { here, there, told } = startBoth(testHost, name);
    const bounded = (text: string) => text.replace(/^CapBnd:.*$/m, "");
    assert.is(bounded(there), bounded(here));
    const [ours, engines] = [here, there].map((text) => BigInt(`0x${/^CapBnd:\t(.*)$/m.exec(text)![1]}`));
    assert.is(engines! & ~ours!, 0n);
    assert.match(told, /^dynuser: note: the image needs \/probe\n$/);
  });
}

test.run();
