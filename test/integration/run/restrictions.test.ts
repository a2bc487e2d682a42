import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { dynuser, RUNTIMES } from "../../support/hosts/dynuser.ts";
import { REFUSED_VALUES, RESTRICTIONS, type Restriction } from "../../support/restrictions/restrictions.ts";

const isUnified = existsSync("/sys/fs/cgroup/cgroup.controllers");
const GROUPS = ["together", "processes", "devices", "network", "interfaces"] as const;
const VARIANTS = {
  "as root": ["DynamicUser=no"],
  "as root on a read-only root": ["DynamicUser=no", "ReadOnlyPaths=/"],
  "with a dynamic user": ["DynamicUser=yes"],
} as const;

const directory = mkdtempSync("/var/dynuser-restrictions-");
const probe = join(directory, "probe.pl");
const device = join(directory, "device");
const marker = mkdtempSync("/tmp/dynuser-restrictions-");

test.before(() => {
  spawnSync("chmod", ["755", directory]);
  copyFileSync(join(import.meta.dirname, "../../support/restrictions/probe.pl"), probe);
  // No driver has this number: an open that the device cgroup lets through ends with ENXIO.
  spawnSync("mknod", ["-m", "666", device, "c", "240", "7"]);
});

test.after(() => {
  for (const path of [directory, marker]) rmSync(path, { recursive: true });
});

const NAMESPACES = ["ipc", "mnt", "net", "pid", "user", "uts"];
const ENVIRONMENT = [
  ...NAMESPACES.map((name) => `Environment=HOST_${name.toUpperCase()}=${statSync(`/proc/self/ns/${name}`).ino}`),
  `Environment=DEVICE=${device}`,
  `Environment=MARKER=${marker}`,
];

/** What the probes of `rows` answer in a service with these settings. */
function answers(
  rows: readonly Restriction[],
  settings: readonly string[],
  runtime: string,
): ReadonlyMap<string, string> {
  const properties = [...ENVIRONMENT, ...settings].flatMap((setting) => ["-p", setting]);
  const command = ["perl", probe, ...rows.map(({ row }) => row)];
  const { code, output, errors } = dynuser(["run", "--runtime", runtime, ...properties, "--", ...command]);
  assert.is(code, 0, errors);
  return new Map(
    output
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ", 2) as [string, string]),
  );
}

const isPossible = ({ unifiedOnly }: Restriction) => isUnified || unifiedOnly !== true;

test("each restricting row has a probe, or is refused", () => {
  const rows = [...new Set(DIRECTIVES.values())].filter(({ effect }) => effect === "restricts");
  const unproven = rows.filter(({ name }) => !RESTRICTIONS.some(({ row }) => row === name));
  for (const { name } of unproven) {
    const { code, errors } = dynuser(["run", "-p", `${name}=${REFUSED_VALUES[name] ?? "yes"}`, "--", "true"]);
    assert.is(code, 125, name);
    assert.match(errors, name);
  }
});

test("the probes find no restriction where none is set", () => {
  const probed = RESTRICTIONS.filter(({ alwaysSo }) => alwaysSo === undefined).filter(isPossible);
  const found = answers(probed, VARIANTS["as root"], "crun");
  const closed = probed.filter(({ row, answer }) => answer.test(found.get(row)!));
  assert.equal(
    closed.map(({ row }) => `${row}: ${found.get(row)}`),
    [],
  );
});

test("limits that only cgroup v2 has are ignored with a warning on version 1, and refused with --strict", () => {
  for (const { row, value } of RESTRICTIONS.filter((one) => !isPossible(one))) {
    const run = (...options: readonly string[]) => dynuser(["run", ...options, "-p", `${row}=${value}`, "--", "true"]);
    const [lenient, strict] = [run(), run("--strict")];
    assert.equal([lenient.code, strict.code], [0, 125], row);
    assert.match(lenient.errors, `ignoring ${row}=`);
    assert.match(strict.errors, `cannot honour ${row}=`);
  }
});

for (const runtime of RUNTIMES) {
  for (const [variant, settings] of Object.entries(VARIANTS)) {
    for (const group of GROUPS) {
      const rows = RESTRICTIONS.filter((one) => one.group === group).filter(isPossible);
      test(`${runtime} restricts a service ${variant} by every row (${group})`, () => {
        const restricting = rows.flatMap(({ row, value, needs = [] }) => [...needs, `${row}=${value}`]);
        const found = answers(rows, [...settings, ...restricting], runtime);
        const open = rows.filter(({ row, answer }) => !answer.test(found.get(row) ?? ""));
        assert.equal(
          open.map(({ row }) => `${row}: ${found.get(row)}`),
          [],
        );
      });
    }
  }
}

/** NoExecPaths=/ concerns the root itself, whose flags runtimes drop. */
const NOTHING_ELSE = ["NoExecPaths=/", "ExecPaths=/usr /bin /lib /lib64"];

for (const runtime of RUNTIMES) {
  for (const [variant, settings] of Object.entries(VARIANTS)) {
    test(`${runtime} executes no program outside of ExecPaths= for a service ${variant}`, () => {
      const program = join(directory, "program");
      copyFileSync("/bin/true", program);
      const properties = [...settings, ...NOTHING_ELSE].flatMap((setting) => ["-p", setting]);
      const script = `${program}; echo $?; /usr/bin/true && echo allowed`;
      const { output, errors } = dynuser(["run", "--runtime", runtime, ...properties, "--", "sh", "-c", script]);
      assert.is(output, "126\nallowed\n", errors);
    });
  }
}

test.run();
