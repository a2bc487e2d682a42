import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Laboratory, openLaboratory } from "../../support/hosts/comparisonHost.ts";
import { bootSystemdHost } from "../../support/hosts/systemdHost.ts";
import { compareStarts, type Start } from "../../support/systemd/compare.ts";

let laboratory: Laboratory;
let directory: string;

test.before(async () => {
  laboratory = await openLaboratory();
  directory = mkdtempSync("/tmp/dynuser-harness-");
});

test.after(async () => {
  await laboratory?.stop();
  rmSync(directory, { recursive: true });
});

function start(settings: string): Start {
  const path = join(directory, "compared.service");
  writeFileSync(path, `[Service]\nUser=waldo\n${settings}\nExecStart=/usr/local/bin/probe /srv/open\n`);
  laboratory.addUnits([path]);
  const seen = laboratory.startWithSystemd(basename(path));
  laboratory.clean();
  return seen;
}

function differencesBetween(first: Start, second: Start): readonly string[] {
  const question = { directives: new Set<string>(), runtime: "crun", outside: laboratory.outside };
  return compareStarts(first, second, question).differences.map(({ field }) => field);
}

test("systemd compared with itself shows no difference", () => {
  const settings = "DynamicUser=yes\nStateDirectory=compared\nPrivateTmp=yes";
  assert.equal(differencesBetween(start(settings), start(settings)), []);
});

const CHANGES: readonly (readonly [string, string])[] = [
  ["StateDirectory=compared", "disk:/var/lib/compared"],
  ["StateDirectoryMode=0700\nStateDirectory=compared", "own:/var/lib/compared"],
  ["ReadWritePaths=/srv/open", "write:/srv/open"],
  ["TemporaryFileSystem=/srv", "mount:/srv"],
  ["Environment=A=b", "environment:A"],
  ["UMask=0077", "umask"],
  ["LimitNOFILE=77", "limit:Max open files"],
  ["SupplementaryGroups=crew", "Groups"],
  ["CapabilityBoundingSet=CAP_CHOWN", "CapBnd"],
  ["PrivateNetwork=yes", "namespace:net"],
  ["ProtectHome=yes", "mount:/home"],
  ["ReadWritePaths=/nowhere", "started"],
  ["OOMScoreAdjust=500", "oom_score_adj"],
  ["Nice=5", "nice"],
];

let unchanged: Start;
test("a dynamic user without anything else is started", () => {
  unchanged = start("DynamicUser=yes");
  assert.is.not(unchanged.seen, undefined);
});

for (const [setting, field] of CHANGES) {
  test(`a comparison shows what ${JSON.stringify(setting)} changes`, () => {
    const found = differencesBetween(unchanged, start(`DynamicUser=yes\n${setting}`));
    assert.ok(found.includes(field), `${field} is not among ${found.join(", ")}`);
  });
}

test("two references run side by side and stop alone", async () => {
  const other = await bootSystemdHost();
  const [mine, theirs] = [laboratory.reference, other].map(({ run }) =>
    run(["sh", "-c", "echo $$ >/run/mine; cat /run/mine"]),
  );
  assert.is(mine?.status, 0);
  assert.is(theirs?.status, 0);
  await other.stop();
  assert.not.ok(existsSync(`/proc/${other.pid}`), "the second one has ended");
  assert.is(readFileSync(`${laboratory.reference.root}/run/mine`, "utf8"), mine?.stdout);
});

test.run();
