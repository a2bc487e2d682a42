import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hashOfName } from "../../../src/identity/name.ts";
import { bootSystemdHost, type SystemdHost } from "../../support/hosts/systemdHost.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PLACE = "/opt/dynuser-lease";
const FOO = 63016;

let reference: SystemdHost;

test.before(async () => {
  reference = await bootSystemdHost();
  const place = reference.root + PLACE;
  mkdirSync(`${place}/test`, { recursive: true });
  copyFileSync(process.execPath, `${place}/bun`);
  cpSync(`${ROOT}/src`, `${place}/src`, { recursive: true });
  cpSync(`${ROOT}/test/support`, `${place}/test/support`, { recursive: true });
});

test.after(() => reference?.stop());

function inside(...command: readonly string[]): string {
  const { status, stdout, stderr } = reference.run(command);
  assert.is(status, 0, `${command.join(" ")}: ${stderr}`);
  return stdout.trim();
}

function claimInside(name: string): number {
  return Number(inside(`${PLACE}/bun`, `${PLACE}/test/support/identity/lease.ts`, "claim", name));
}

function releaseInside(name: string): void {
  inside(`${PLACE}/bun`, `${PLACE}/test/support/identity/lease.ts`, "release", name);
}

function uidUnderSystemd(name: string): number {
  return Number(
    inside(
      "systemd-run",
      "-q",
      "--wait",
      "--pipe",
      "--collect",
      "-p",
      "DynamicUser=yes",
      "-p",
      `User=${name}`,
      "id",
      "-u",
    ),
  );
}

/** Another name that both allocators would give foo's UID. */
function rivalOfFoo(): string {
  for (let i = 0; ; i++) if (hashOfName(`rival${i}`, 4336) === FOO - 61184) return `rival${i}`;
}

test("systemd gives the same names the same UIDs", () => {
  for (const name of ["foo", "nginx", "web", rivalOfFoo()]) {
    assert.is(uidUnderSystemd(name), claimInside(name), name);
    releaseInside(name);
    assert.is(uidUnderSystemd(name), 61184 + hashOfName(name, 4336), name);
  }
});

const USERS: readonly { readonly name: string; readonly groupName?: string; readonly dynamic: boolean }[] = [
  { name: "daemon", dynamic: false },
  { name: "1", dynamic: false },
  { name: "12345", dynamic: false },
  { name: "nosuch", dynamic: false },
  { name: "daemon", groupName: "games", dynamic: false },
  { name: "daemon", groupName: "12345", dynamic: false },
  { name: "daemon", dynamic: true },
  { name: "1", dynamic: true },
  { name: "0", dynamic: true },
  { name: "12345", dynamic: true },
  { name: "65535", dynamic: true },
  { name: "007", dynamic: true },
  { name: "my.app", dynamic: true },
  { name: "foo", groupName: "daemon", dynamic: true },
  { name: "foo", groupName: "12345", dynamic: true },
  { name: "foo", groupName: "other", dynamic: true },
  { name: "tty", dynamic: true },
  { name: "foo", groupName: "_apt", dynamic: true },
];

for (const user of USERS) {
  test(`the identity of a service agrees with systemd: ${JSON.stringify(user)}`, () => {
    const { name, groupName, dynamic } = user;
    const settings = [
      `DynamicUser=${dynamic}`,
      `User=${name}`,
      ...(groupName === undefined ? [] : [`Group=${groupName}`]),
    ];
    const script = "echo $(id -u) $(id -g) $(id -G | tr ' ' ,) $USER $HOME";
    const options = ["-q", "--wait", "--pipe", "--collect", ...settings.flatMap((setting) => ["-p", setting])];
    const { status, stdout } = reference.run(["systemd-run", ...options, "sh", "-c", script]);
    const expected = status === 0 ? stdout.trim() : "refused";
    assert.is(inside(`${PLACE}/bun`, `${PLACE}/test/support/identity/lease.ts`, "try", JSON.stringify(user)), expected);
  });
}

test("systemd skips a UID that dynuser holds, and can use it afterwards", () => {
  const rival = rivalOfFoo();
  assert.is(claimInside("foo"), FOO);
  assert.is.not(uidUnderSystemd(rival), FOO);
  releaseInside("foo");
  assert.is(uidUnderSystemd(rival), FOO);
});

test("dynuser skips the UID of a running service of systemd, and shares it under the service's name", () => {
  const rival = rivalOfFoo();
  inside(
    "systemd-run",
    "-q",
    "--unit=holder",
    "-p",
    "Type=exec",
    "-p",
    "DynamicUser=yes",
    "-p",
    "User=foo",
    "sleep",
    "1000",
  );
  assert.ok(existsSync(`${reference.root}/run/systemd/dynamic-uid/${FOO}`));
  assert.is.not(claimInside(rival), FOO);
  releaseInside(rival);
  assert.is(claimInside("foo"), FOO);
  inside("systemctl", "stop", "holder");
  assert.is.not(uidUnderSystemd(rival), FOO, "held by dynuser alone");
  releaseInside("foo");
  inside(
    "systemd-run",
    "-q",
    "--unit=holder",
    "-p",
    "Type=exec",
    "-p",
    "DynamicUser=yes",
    "-p",
    "User=foo",
    "sleep",
    "1000",
  );
  assert.is(claimInside("foo"), FOO);
  releaseInside("foo");
  inside(`${PLACE}/bun`, `${PLACE}/test/support/identity/lease.ts`, "collect");
  assert.ok(existsSync(`${reference.root}/run/systemd/dynamic-uid/${FOO}`), "systemd's file stays");
  inside("systemctl", "stop", "holder");
  assert.is(claimInside("foo"), FOO);
  releaseInside("foo");
});

test("both hold distinct UIDs when both fill one range from many sides", () => {
  const names = Array.from({ length: 12 }, (_, i) => `side${i}`);
  const units = names.map((name) => `u-${name}`);
  for (const [i, name] of names.entries()) {
    if (i % 2 === 0)
      inside(
        "systemd-run",
        "-q",
        `--unit=u-${name}`,
        "-p",
        "Type=exec",
        "-p",
        "DynamicUser=yes",
        "-p",
        `User=${name}`,
        "sleep",
        "1000",
      );
  }
  const ours = names.filter((_, i) => i % 2 === 1).map(claimInside);
  const theirs = inside("sh", "-c", "ls /run/systemd/dynamic-uid | grep -x '[0-9]*'").split("\n").map(Number);
  assert.is(new Set([...ours, ...theirs]).size, names.length);
  for (const [i, name] of names.entries()) {
    if (i % 2 === 0) inside("systemctl", "stop", units[i]!);
    else releaseInside(name);
  }
  assert.equal(inside("sh", "-c", "ls /run/userdb /run/dynuser/holders /run/dynuser/leases | grep -v :"), "");
});

test.run();
