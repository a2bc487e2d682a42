import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { UserErrors } from "../../../src/errors.ts";
import { readService } from "../../../src/settings/read.ts";
import { readUnitFile } from "../../../src/settings/unitFile.ts";
import { specifiersOf } from "../../../src/values/specifiers.ts";
import { treeOf } from "../../support/hosts/roots.ts";

/*
 * One unit with many values of new directives, read by systemd-analyze of the newest Debian and by dynuser: both drop the
 * same lines.
 */

const NEWEST = treeOf("sid");

const VALUES: Readonly<Record<string, readonly string[]>> = {
  ProtectHostname: [
    "yes",
    "no",
    "1",
    "private",
    "private:web",
    "yes:web.example",
    "yes:%p",
    "no:web",
    "yes:-web",
    "private:",
    "x",
    "yes:a_b",
    "yes:a..b",
  ],
  PrivateUsers: ["yes", "no", "self", "identity", "full", "managed", "x"],
  PrivateTmp: ["yes", "no", "disconnected", "connected", "x"],
  PrivateBPF: ["yes", "no", "maybe"],
  PrivatePIDs: ["yes", "no", "x"],
  ProtectControlGroups: ["yes", "private", "strict", "x"],
  CPUSchedulingPolicy: ["ext", "other", "7", "2", "x"],
  MemoryTHP: ["inherit", "disable", "madvise", "system", "yes", "no"],
  CPUSetPartition: ["member", "root", "isolated", "yes"],
  StateDirectoryQuota: ["off", "1G", "10%", "no", "yes", "0"],
  CacheDirectoryAccounting: ["yes", "x"],
  DelegateNamespaces: ["yes", "no", "mnt", "mnt uts", "~net", "bogus"],
  RestrictNamespaces: ["yes", "no", "mnt uts", "~net", "bogus"],
  ProtectSystem: ["strict", "x"],
  ProtectHome: ["tmpfs", "x"],
  KeyringMode: ["shared", "x"],
};

test("dynuser and systemd 262 drop the same values of new directives", () => {
  const lines = Object.entries(VALUES).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  const text = ["[Service]", "ExecStart=/bin/true", ...lines, ""].join("\n");
  assert.equal(droppedByDynuser(text, lines), droppedBySystemd(text, lines));
});

function droppedBySystemd(text: string, lines: readonly string[]): readonly string[] {
  const directory = mkdtempSync("/tmp/newest-vocabulary-");
  const mounted = [
    "mount --make-rprivate /",
    `mount --bind ${NEWEST} ${NEWEST}`,
    `mount --bind /proc ${NEWEST}/proc`,
    `mount --bind ${directory}/units ${NEWEST}/mnt`,
    `mount -t tmpfs none ${NEWEST}/run`,
    `exec chroot ${NEWEST} systemd-analyze verify --man=no /mnt/a.service`,
  ];
  try {
    mkdirSync(`${directory}/units`);
    writeFileSync(`${directory}/units/a.service`, text);
    const { stderr } = spawnSync("unshare", ["-m", "sh", "-ec", mounted.join("\n")], { encoding: "utf8" });
    const numbers = [...stderr.matchAll(/^\/mnt\/a\.service:(\d+): .*ignoring/gm)].map(([, number]) => Number(number));
    return lines.filter((_, index) => numbers.includes(index + 3));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Each line by itself, as dynuser refuses some values that systemd accepts. */
function droppedByDynuser(text: string, lines: readonly string[]): readonly string[] {
  const settings = readUnitFile(text, "a.service").settings.filter(({ name }) => name !== "ExecStart");
  assert.is(settings.length, lines.length);
  const vocabulary = { directives: DIRECTIVES, specifiers: specifiersOf("a.service", () => "host"), isRun: true };
  return lines.filter((_, index) => {
    try {
      const { warnings } = readService([settings[index]!], vocabulary);
      return warnings.some((warning) => /: (?:found|unknown) /.test(warning));
    } catch (error) {
      if (error instanceof UserErrors) return false;
      throw error;
    }
  });
}

test.run();
