import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { REFERENCE_TREE } from "../support/hosts/systemdHost.ts";
import { holdAgainstSystemd, type UnitFile } from "../support/systemd/comparison.ts";
import { sandboxOf } from "../support/systemd/shippedUnits.ts";

/*
 * The settings of the units of many packages of Debian that restrict something, each around a program that prints their
 * effect. The packages are not installed: a user that is not there is replaced, and a file that is not there is missing for
 * both.
 */

const LAYER = `${REFERENCE_TREE}-units`;
const RESTRICTS =
  /^(?:Protect|Private|Restrict|SystemCall|ReadOnly|ReadWrite|Capability|NoNew|Lock|MemoryDeny|Inaccessible|Temporary|DynamicUser)/m;
/** Units that are left out, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "dbus-broker": "it gets the descriptors of a socket unit (Sockets=)",
  haveged: "SecureBits= is refused",
  radicale: "a path that it names is missing, and a failed start leaves no directories",
  usbguard: "ReadOnlyPaths=/ makes /sys read-only, too",
};
const directory = mkdtempSync(join(tmpdir(), "dynuser-debian-units-"));
const users = new Set(
  readFileSync(`${REFERENCE_TREE}/etc/passwd`, "utf8")
    .split("\n")
    .map((line) => line.split(":")[0]),
);

const units = globSync(`${LAYER}/usr/lib/systemd/system/*.service`)
  .sort()
  .filter((path) => !Object.hasOwn(LEFT_OUT, basename(path, ".service")) && RESTRICTS.test(readFileSync(path, "utf8")))
  .map((path) => withKnownUsers(sandboxOf(path, directory)));

test("tools/setup.sh units has fetched more than sixty of them", () => {
  assert.ok(units.length > 60, String(units.length));
});

holdAgainstSystemd(test, units);
test.after(() => console.log(`\nleft out: ${JSON.stringify(LEFT_OUT, undefined, 2)}`));
test.after(() => rmSync(directory, { recursive: true }));

test.run();

function withKnownUsers({ path, text }: UnitFile): UnitFile {
  const isDynamic = /^DynamicUser=(?:yes|true|1|on)$/m.test(text);
  const known = text.replaceAll(/^(User|Group|SupplementaryGroups)=(.*)$/gm, (line, name: string, value: string) => {
    const isKnown = value.split(/\s+/).every((one) => users.has(one) || /^\d+$/.test(one));
    return isKnown || (isDynamic && name !== "SupplementaryGroups") ? line : `${name}=daemon`;
  });
  writeFileSync(path, known);
  return { path, text: known };
}
