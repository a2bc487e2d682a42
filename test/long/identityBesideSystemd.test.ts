import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hashOfName } from "../../src/identity/name.ts";
import { bootSystemdHost, type SystemdHost } from "../support/hosts/systemdHost.ts";

const ROOT = join(import.meta.dirname, "../..");
const PLACE = "/opt/dynuser-rivals";
const STARTS = 1000;
const SIDES = 4;

/** Names of which both allocators want the same sixteen UIDs. */
function rivals(prefix: string, count: number): readonly string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) if (hashOfName(`${prefix}${i}`, 4336) < 16) names.push(`${prefix}${i}`);
  return names;
}

/** A service looks whether the user database knows its UID by our record, which is there as long as we hold it. */
const SERVICES = `
for turn in $(seq $1); do
  shift_by=$(( (RANDOM + turn) % ($# - 1) + 2 ))
  name=\${!shift_by}
  systemd-run -q --wait --pipe --collect -p DynamicUser=yes -p User=$name sh -c '
    file=/run/userdb/$(id -u).user
    [ ! -e $file ] || grep -q "\\"userName\\":\\"$(id -un)\\"" $file || echo "$(id -un) got UID $(id -u) of $(cat $file)"
    sleep 0.01' || echo "$name was not started"
done
echo "$1 starts"`;

test("no UID is given twice in two thousand starts, half of them systemd's, that want the same ones", async () => {
  const reference = await bootSystemdHost();
  try {
    const place = reference.root + PLACE;
    mkdirSync(`${place}/test`, { recursive: true });
    copyFileSync(process.execPath, `${place}/bun`);
    for (const path of ["src", "test/support"]) cpSync(`${ROOT}/${path}`, `${place}/${path}`, { recursive: true });
    writeFileSync(`${place}/services.sh`, SERVICES);
    const each = String(STARTS / SIDES);
    const ours = [`${PLACE}/bun`, `${PLACE}/test/support/identity/rivalClaimer.ts`, each, ...rivals("our", 24)];
    const theirs = ["bash", `${PLACE}/services.sh`, each, ...rivals("their", 24)];
    const printed = await Promise.all(
      Array.from({ length: SIDES }, () => [printedBy(reference, ours), printedBy(reference, theirs)]).flat(),
    );
    const expected = Array.from({ length: SIDES }, () => [`${each} claims`, `${each} starts`]).flat();
    assert.equal(printed, expected);
    const left = reference.run([
      "sh",
      "-c",
      "ls -A /run/userdb /run/dynuser/holders /run/dynuser/leases | grep -v : | grep .",
    ]);
    assert.is(left.stdout, "");
  } finally {
    await reference.stop();
  }
});

async function printedBy(reference: SystemdHost, command: readonly string[]): Promise<string> {
  const [program, ...args] = reference.enter(command);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk));
  await once(child, "close");
  return text.trim();
}

test.run();
