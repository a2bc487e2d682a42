import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, RUNTIMES } from "../../support/hosts/dynuser.ts";

/** Runs a script with a /var/lib in memory that no other process sees. */
function onPrivateState(
  script: string,
  ...args: readonly string[]
): { readonly status: number | null; readonly output: string } {
  const prepared = `mount -t tmpfs -o mode=755 none /var/lib; ${script}`;
  const result = spawnSync("unshare", ["-m", "sh", "-euc", prepared, DYNUSER, ...args], { encoding: "utf8" });
  return { status: result.status, output: result.stdout + result.stderr };
}

const START = `"$0" run --runtime "$1" --name x -p DynamicUser=yes -p StateDirectory=x -- sh -c 'touch $STATE_DIRECTORY/y; id -u'
stat -c %u /var/lib/private/x/y`;

for (const runtime of RUNTIMES) {
  test(`${runtime}: a /var/lib/private that cannot map IDs holds files of the user, whatever /var/lib can`, () => {
    const overlay = "mkdir /var/lib/private /var/lib/up /var/lib/work /var/lib/low; chmod 700 /var/lib/private";
    const options = "lowerdir=/var/lib/low,upperdir=/var/lib/up,workdir=/var/lib/work";
    const { status, output } = onPrivateState(
      `${overlay}; mount -t overlay -o ${options} none /var/lib/private; chmod 700 /var/lib/private\n${START}`,
      runtime,
    );
    assert.is(status, 0, output);
    const [uid, owner] = output.trim().split("\n");
    assert.is(owner, uid);
  });

  test(`${runtime}: without user namespaces the state directory is chowned, and PrivateUsers= is refused in one line`, () => {
    const none = "echo 0 >/var/lib/none; mount --bind /var/lib/none /proc/sys/user/max_user_namespaces";
    const { status, output } = onPrivateState(`${none}\n${START}`, runtime);
    assert.is(status, 0, output);
    const [uid, owner] = output.trim().split("\n");
    assert.is(owner, uid);
    const refused = onPrivateState(`${none}; "$0" run --runtime "$1" -p PrivateUsers=yes -- true`, runtime);
    assert.is(refused.status, 125);
    assert.match(refused.output, /^dynuser: cannot honour PrivateUsers=: found no user namespaces on this host, .*\n$/);
  });

  test(`${runtime}: the caller's umask reaches no mount point`, () => {
    const settings = "-p DynamicUser=yes -p TemporaryFileSystem=/opt -p BindReadOnlyPaths=/usr/share/doc:/opt/a/b";
    const { status, output } = onPrivateState(
      `umask 077; "$0" run --runtime "$1" ${settings} -- sh -c 'ls /opt/a/b >/dev/null && umask'`,
      runtime,
    );
    assert.is(status, 0, output);
    assert.is(output, "0022\n");
  });

  test(`${runtime}: a workspace of root, or of a user whose group is root, is the service's own`, () => {
    for (const owner of ["0:0", "1000:0", "0:1000"]) {
      const { status, output } = onPrivateState(
        `mkdir /var/lib/w; chown ${owner} /var/lib/w
"$0" run --runtime "$1" -p DynamicUser=yes --workspace /var/lib/w -- sh -c 'touch y; stat -c %u y; id -u'; stat -c %u:%g /var/lib/w/y`,
        runtime,
      );
      if (runtime === "runc" && status !== 0) {
        assert.match(output, /found root's files and runc .*, which cannot show them with other owners/);
        continue;
      }
      assert.is(status, 0, output);
      const [seen, uid, disk] = output.trim().split("\n");
      assert.is(seen, uid, output);
      assert.is(disk, owner, output);
    }
  });
}

test.run();
