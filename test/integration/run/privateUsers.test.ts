import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";
import { MAKING, SHOWING, SUCCESS } from "../../support/restrictions/mountAttacks.ts";

const SETTINGS = [
  "PrivateUsers=yes",
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "ProtectKernelTunables=yes",
  "ProtectControlGroups=yes",
  "InaccessiblePaths=/etc/shadow",
  "ReadOnlyPaths=/var",
  "NoExecPaths=/srv",
  "TemporaryFileSystem=/opt:ro",
];
/** The same for a user namespace with all IDs, and for a service whose bounding set names the capability. */
const VARIANTS = [SETTINGS, ["PrivateUsers=identity", ...SETTINGS.slice(1), "CapabilityBoundingSet=~CAP_SYS_BOOT"]];

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory();
  writeFileSync(`${laboratory.reference.root}/usr/local/bin/undo`, MAKING);
  writeFileSync(`${laboratory.reference.root}/usr/local/bin/undo-nested`, SHOWING);
});

test.after(() => laboratory.stop());

const COMMAND = [
  "sh",
  "-c",
  "perl /usr/local/bin/undo; unshare --user --map-root-user --mount perl /usr/local/bin/undo-nested",
];

function output(command: readonly string[]): string {
  const { status, stdout, stderr } = laboratory.reference.run(command);
  assert.is(status, 0, stderr);
  return stdout;
}

for (const settings of VARIANTS) {
  const properties = settings.flatMap((setting) => ["-p", setting]);
  // The bus knows the values that are no boolean under another name.
  const onTheBus = properties.map((word) => word.replace("PrivateUsers=identity", "PrivateUsersEx=identity"));
  const expected = () => output(["systemd-run", "--pipe", "--wait", "-q", ...onTheBus, ...COMMAND]);

  for (const runtime of Object.values(RUNTIMES)) {
    test(`root in a user namespace of ${runtime} undoes no mount of ${settings[0]}, as under systemd`, () => {
      const found = output([DYNUSER, "run", "--runtime", runtime, ...properties, "--", ...COMMAND]);
      assert.is(found, expected());
      assert.not.match(found, SUCCESS);
    });
  }
}

test.run();
