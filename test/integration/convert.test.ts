import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startPodman } from "../support/engines.ts";
import { IMAGE, makeRootfs } from "../support/image.ts";
import { install } from "../support/installed.ts";
import { openWorld, type World } from "../support/world.ts";

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

/** Both sides print what the probe sees; podman's engine has a bounding set of its own, which none may exceed. */
function startBoth(
  world: World,
  unit: string,
): { readonly here: string; readonly there: string; readonly told: string } {
  const image = join(world.directory, "rootfs");
  const path = join(world.directory, unit);
  const here = world.run(["dynuser", "run", "--rootfs", image, "--unit", path]);
  assert.is(here.status, 0, here.stderr);
  const { stdout: command, stderr: told } = world.run(["dynuser", "convert", path, "--to", "podman", "--image", IMAGE]);
  const environment = `CONTAINERS_CONF=${world.directory}/podman/containers.conf CONTAINERS_STORAGE_CONF=${world.directory}/podman/storage.conf`;
  const probe = `--volume ${world.directory}/probe:/probe:ro`;
  const once = command
    .replace("podman run", `${environment} podman run --rm ${probe}`)
    .replace(/--restart \S+/, "--pull never");
  const there = world.sh(once);
  assert.is(there.status, 0, once + there.stderr);
  return { here: here.stdout, there: there.stdout, told };
}

let world: World;

test.before.each(async () => {
  world = await openWorld();
  install(world);
  startPodman(world);
  makeRootfs(join(world.directory, "rootfs"));
  for (const place of ["rootfs/probe", "probe"]) {
    writeFileSync(join(world.directory, place), PROBE, { mode: 0o755 });
  }
  mkdirSync(join(world.directory, "shown"));
  writeFileSync(join(world.directory, "shown/file"), "");
  world.sh(`chmod 755 ${world.directory}; mount -t tmpfs tmpfs /srv; mkdir /srv/shown; touch /srv/shown/file`);
});
test.after.each(() => world.close());

for (const [name, settings] of Object.entries(UNITS)) {
  test(`${name} is the same under podman`, () => {
    writeFileSync(join(world.directory, name), `[Service]\n${settings.replaceAll(/^ +/gm, "")}\n`);
    const { here, there, told } = startBoth(world, name);
    const bounded = (text: string) => text.replace(/^CapBnd:.*$/m, "");
    assert.is(bounded(there), bounded(here));
    const [ours, engines] = [here, there].map((text) => BigInt(`0x${/^CapBnd:\t(.*)$/m.exec(text)![1]}`));
    assert.is(engines! & ~ours!, 0n);
    assert.is(told, "");
  });
}

test.run();
