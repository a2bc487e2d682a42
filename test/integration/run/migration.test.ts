import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  DYNUSER,
  type Laboratory,
  openLaboratory,
  RUNTIMES,
  type RuntimeName,
} from "../../support/hosts/comparisonHost.ts";

type Side = "systemd" | RuntimeName;

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory();
});

test.after(() => laboratory?.stop());
test.after.each(() => laboratory.clean());

/** Prints what its state directory holds and the owner, then adds a line. */
const SERVICE = `
  cd "$STATE_DIRECTORY" || exit
  cat diary 2>/dev/null
  for file in . *; do [ ! -e "$file" ] || [ -O "$file" ] || echo "$file is not mine"; done
  echo "$0" >>diary`;

/** Lines that the service printed. */
function live(side: Side, settings: readonly string[]): readonly string[] {
  const options = [...settings, "StateDirectory=moved"].flatMap((setting) => ["-p", setting]);
  const start = side === "systemd" ? ["systemd-run", "-q", "--wait", "--pipe", "--collect"] : dynuser(side);
  const separator = side === "systemd" ? [] : ["--"];
  const { status, stdout, stderr } = laboratory.reference.run([
    ...start,
    ...options,
    ...separator,
    "sh",
    "-c",
    SERVICE,
    side,
  ]);
  assert.is(status, 0, `${side}: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

function dynuser(runtime: RuntimeName): readonly string[] {
  return [DYNUSER, "run", "--runtime", RUNTIMES[runtime], "--name", "moved"];
}

const DYNAMIC = ["DynamicUser=yes", "User=mover"];
/** In a mount namespace: systemd shows a directory of UID 65534 only there as the static user's. */
const STATIC = ["User=alice", "PrivateTmp=yes"];

/** Each step finds what all steps before it wrote. */
function journey(...steps: readonly (readonly [Side, readonly string[]])[]): void {
  const told: string[] = [];
  for (const [side, settings] of steps) {
    assert.equal(live(side, settings), told, `what ${side} found after ${told.join(", ")}`);
    told.push(side);
  }
}

test("state goes from systemd to dynuser with crun and back", () => {
  journey(["systemd", DYNAMIC], ["crun", DYNAMIC], ["systemd", DYNAMIC], ["crun", DYNAMIC]);
});

test("state goes from systemd to dynuser with runc and back", () => {
  journey(["systemd", DYNAMIC], ["runc", DYNAMIC], ["systemd", DYNAMIC], ["runc", DYNAMIC]);
});

test("state that dynuser made is taken over by systemd", () => {
  journey(["crun", DYNAMIC], ["systemd", DYNAMIC], ["runc", DYNAMIC], ["crun", DYNAMIC], ["systemd", DYNAMIC]);
});

test("a static user's state becomes a dynamic user's and again a static user's", () => {
  journey(["systemd", STATIC], ["crun", DYNAMIC], ["systemd", DYNAMIC], ["crun", STATIC], ["systemd", STATIC]);
});

test("a service keeps its state when its dynamic user gets another name", () => {
  journey(
    ["systemd", DYNAMIC],
    ["crun", ["DynamicUser=yes", "User=other"]],
    ["runc", ["DynamicUser=yes", "User=third"]],
    ["systemd", DYNAMIC],
  );
});

test("state that an older systemd left to a user by number is read and written", () => {
  const { root } = laboratory.reference;
  const path = `${root}/var/lib/private/moved`;
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}/diary`, "older\n");
  for (const owned of [path, `${path}/diary`]) chownSync(owned, 62000, 62000);
  symlinkSync("private/moved", `${root}/var/lib/moved`);
  assert.equal(live("crun", DYNAMIC), ["older"]);
  assert.equal(live("runc", DYNAMIC), ["older", "crun"]);
  assert.equal(live("systemd", DYNAMIC), ["older", "crun", "runc"]);
});

test.run();
