import { copyFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runBundle, runImage } from "../../support/bundles/handmadeBundle.ts";
import { mountOf, parseMounts } from "../../support/bundles/mountTable.ts";
import { installLibraries, RUNTIMES, type RuntimeName } from "../../support/hosts/comparisonHost.ts";
import { bootSystemdHost, type Run, type SystemdHost } from "../../support/hosts/systemdHost.ts";

const CASES: readonly (readonly string[])[] = [
  ["ProtectSystem=yes"],
  ["ProtectSystem=full", "ReadWritePaths=/etc/hosts", "ReadOnlyPaths=/proc/sys"],
  ["ProtectSystem=strict"],
  ["ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmpEx=disconnected"],
  ["ProtectSystem=strict", "ProtectHome=yes", "ReadWritePaths=/var/lib/x /srv/sub/d"],
  ["ProtectHome=tmpfs", "BindPaths=/srv/d:/home/me", "NoNewPrivileges=yes"],
  ["ProtectSystem=strict", "ReadWritePaths=/srv/d /srv/d/e/f", "ReadOnlyPaths=/srv/d/e"],
  ["ProtectSystem=strict", "ReadWritePaths=/srv/sub /srv/fixed"],
  ["ProtectSystem=strict", "ReadWritePaths=/", "InaccessiblePaths=/srv/sub /etc/hosts -/srv/nothing"],
  ["ReadOnlyPaths=/srv", "ReadWritePaths=/srv/sub/d", "NoExecPaths=/srv/d", "ExecPaths=/srv/d/e"],
  ["TemporaryFileSystem=/var:ro", "BindReadOnlyPaths=/var/lib", "ReadOnlyPaths=/etc/hosts"],
  ["TemporaryFileSystem=/srv:size=1m,mode=0700 /opt:noexec,mode=1777", "BindPaths=/usr/local:/srv/d/e"],
  ["BindReadOnlyPaths=/srv/d:/srv/new", "BindPaths=/srv/sub:/opt:norbind"],
  ["ReadOnlyPaths=/srv/d", "BindPaths=/srv/sub:/srv/d/new"],
  ["InaccessiblePaths=/proc/keys", "BindReadOnlyPaths=/srv/fixed:/home/me", "BindPaths=/srv/fixed:/opt"],
  ["ReadOnlyPaths=/"],
  ["ReadOnlyPaths=/srv /etc/hosts", "BindPaths=/opt:/srv/d/new", "TemporaryFileSystem=/srv/d/e:ro,mode=0711"],
  ["PrivateTmpEx=disconnected", "ReadOnlyPaths=/tmp", "TemporaryFileSystem=/srv/d", "NoExecPaths=/srv/sub"],
];

const PATHS = [
  ...[
    "/",
    "/usr",
    "/usr/local",
    "/usr/local/share",
    "/boot",
    "/etc",
    "/etc/hosts",
    "/opt",
    "/root",
    "/home",
    "/home/me",
  ],
  ...["/run", "/run/user", "/var", "/var/lib", "/var/lib/x", "/var/tmp", "/tmp", "/dev", "/dev/shm", "/sys", "/proc"],
  ...["/proc/sys", "/proc/sys/kernel/hostname", "/proc/keys", "/srv/d", "/srv/d/e", "/srv/d/e/f"],
  ...["/srv/sub", "/srv/sub/d", "/srv/sub/d/e", "/srv/fixed", "/srv/sub/deep", "/srv/new", "/srv/d/new"],
];

/** What each path is, its mode, what it holds and whether it can be written; then the table of mounts. */
const PROBE = `
count() { [ -e "$1" ] && echo $# || echo 0; }
for path in "$@"; do
  [ -e "$path" ] || continue
  case $path in /run | /proc | /dev) content=- ;; *) content=$(count "$path"/*) ;; esac
  if [ -d "$path" ]; then probe=$path/.probe; else probe=$path; fi
  if { true >>"$probe"; } 2>/dev/null; then writable=writable; else writable=fixed; fi
  [ ! -f "$path/.probe" ] || rm "$path/.probe"
  echo "$writable $content $(stat -c '%a %F %n' "$path")"
done
echo
cat /proc/self/mountinfo`;
const COMMAND = ["sh", "/usr/local/bin/probe-mounts", ...PATHS];

/** One more file system, one more in it, and one that is read-only. */
const FURNISH = `
mkdir -p /home/me /var/lib/x /srv/d/e/f /srv/sub /srv/fixed /run/user /usr/local/share
: >/etc/hosts
mount -t tmpfs tmpfs /srv/sub
mkdir -p /srv/sub/d/e /srv/sub/deep
mount -t tmpfs -o nodev,noexec tmpfs /srv/sub/deep
mount -t tmpfs -o ro,nosuid tmpfs /srv/fixed`;

let reference: SystemdHost;
let devices: string;

test.before(async () => {
  reference = await bootSystemdHost();
  for (const runtime of Object.values(RUNTIMES)) {
    copyFileSync(runtime, reference.root + runtime);
    installLibraries(reference.root, runtime);
  }
  writeFileSync(`${reference.root}/usr/local/bin/probe-mounts`, PROBE);
  outcome(reference.run(["sh", "-euc", FURNISH]));
  devices = listDevices();
});

test.after(async () => {
  await reference.stop();
});

for (const settings of CASES) {
  let expected: readonly string[];
  test(`systemd starts with ${settings.join(" ")}`, () => {
    const properties = settings.flatMap((setting) => ["-p", setting]);
    expected = seen(reference.run(["systemd-run", "--pipe", "--wait", "-q", ...properties, ...COMMAND]));
  });
  for (const runtime of Object.keys(RUNTIMES) as RuntimeName[]) {
    test(`${runtime} shows the same with ${settings.join(" ")}`, () => {
      const found = seen(runBundle(reference, RUNTIMES[runtime], settings, COMMAND));
      assert.equal(differences(expected, found, `${runtime} ${settings.join(" ")}`), []);
    });
  }
}

test("no container has touched the devices of the host", () => {
  assert.is(listDevices(), devices);
});

for (const runtime of Object.keys(RUNTIMES) as RuntimeName[]) {
  test(`${runtime} gives an image a strict system around its volumes`, () => {
    const settings = ["ProtectSystem=strict", "ReadWritePaths=/var/tmp", "TemporaryFileSystem=/srv/sub"];
    const found = seen(runImage(reference, RUNTIMES[runtime], settings, COMMAND));
    const of = (path: string) => found.find((line) => line.startsWith(`${path} `))?.replace(/ \S+ [0-7]+ /, " ");
    assert.is(of("/"), "/ directory fixed ro");
    assert.is(of("/usr/local"), "/usr/local directory fixed ro");
    assert.is(of("/var/tmp"), "/var/tmp directory writable");
    assert.is(of("/opt"), "/opt directory writable");
    assert.is(of("/etc/hosts"), "/etc/hosts regular empty file fixed ro");
    assert.is(of("/srv/sub"), "/srv/sub directory writable nodev");
    assert.is(of("/proc/sys/kernel/hostname"), "/proc/sys/kernel/hostname regular empty file writable nosuid");
  });

  test(`${runtime} makes holes in a read-only part of an image, also where mount points are missing`, () => {
    const settings = ["ReadOnlyPaths=/srv /usr", "ReadWritePaths=/srv/d/e /usr/local", "BindPaths=/opt:/usr/new"];
    const found = seen(runImage(reference, RUNTIMES[runtime], settings, [...COMMAND, "/usr/new"]));
    const states = found.map((line) => line.replace(/^(\S+).* (fixed|writable)\b.*/, "$1 $2"));
    for (const state of [
      "/usr fixed",
      "/usr/local writable",
      "/usr/new writable",
      "/srv/d fixed",
      "/srv/d/e writable",
    ]) {
      assert.ok(states.includes(state), `${state}:\n${states.join("\n")}`);
    }
  });
}

function listDevices(): string {
  return outcome(reference.run(["find", "/dev", "-xdev", "!", "-type", "d", "-printf", "%p %M %l %T@\n"]));
}

function outcome({ status, stdout, stderr }: Run): string {
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return stdout;
}

/** `PATH TYPE CONTENT MODE STATE FLAGS` for each path. */
function seen(run: Run): readonly string[] {
  const [places = "", table = ""] = outcome(run).split("\n\n");
  const mounts = parseMounts(table);
  return places.split("\n").map((line) => {
    const [, writable, content, mode, type, path] = /^(\S+) (\S+) (\S+) (.+) (\/\S*)$/.exec(line)!;
    const flags = mountOf(mounts, path!).options.filter((option) => /^(?:ro|nosuid|nodev|noexec)$/.test(option));
    return [path, content, mode, type, writable, ...flags].join(" ");
  });
}

/** Where we are not what systemd is, on purpose or because a runtime cannot. */
const DEVIATIONS: readonly RegExp[] = [
  // systemd forgets read-only below a path that is listed for NoExecPaths= or ExecPaths=.
  /NoExecPaths=\/srv\/d ExecPaths.* \/srv\/d\S* .* fixed ro/,
  // crun makes the directories that lead to a mount point with mode 01755.
  /^crun .* 1755 directory /,
  // runc refuses to mount below /proc, so the runtimes' own masking is used: /dev/null.
  /: \/proc\/keys 0 666 character special file /,
  // The root itself and paths without a mount stay without nosuid; NoNewPrivileges= has the same effect.
  /NoNewPrivileges=yes.*: systemd: (\S+ \S+ \S+ .*) nosuid$/,
];

function differences(expected: readonly string[], found: readonly string[], where: string): readonly string[] {
  const pathOf = (line: string) => line.split(" ")[0];
  const all = new Set([...expected, ...found].map(pathOf));
  return [...all].flatMap((path) => {
    const [systemd, ours] = [expected, found].map((lines) => lines.find((line) => pathOf(line) === path));
    const difference = `${where}: ${ours}, systemd: ${systemd}`;
    return systemd === ours || DEVIATIONS.some((known) => known.test(difference)) ? [] : [difference];
  });
}

test.run();
