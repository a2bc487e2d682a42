import { cpSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES, type RuntimeName } from "../hosts/comparisonHost.ts";
import { type Excluded, PREPARATION, TRIALS, type Trial } from "./systemdTests.ts";

/**
 * systemd's own test-execute, by the unit files of Debian's package systemd-tests: what its driver expects of systemd is
 * expected of us, with both runtimes. The same unit is started by the real systemd too, which has the last word.
 */
const CAP_SYS_RESOURCE = 1n << 24n;
const HAS_SYS_RESOURCE = (ownCapabilities() & CAP_SYS_RESOURCE) !== 0n;
const PACKAGED = "/usr/lib/systemd/tests/testdata/test-execute";
const KNOWN_TO_SYSTEMD = "/run/systemd/system";
const PLACE = "/run/harness/execute";

/**
 * `agrees`: it ends as under the real systemd here, which is not what the driver expects; `deviates`: by what a row
 * declares; `not here`: the machine does not let the runtime do it.
 */
type Verdict = "passed" | "adapted" | "agrees" | "deviates" | "not here" | "not applicable" | "failed";

/** crun limits devices in cgroups of version 2 by a program that it wants unlimited locked memory for; scores go down. */
const OBSTACLE = HAS_SYS_RESOURCE ? /(?!)/ : /RLIM_MEMLOCK|CAP_SYS_RESOURCE|oom.score.adj/i;
type Side = "systemd" | RuntimeName;

interface Row {
  readonly unit: string;
  readonly verdict: Verdict;
  readonly note: string;
}

let laboratory: Laboratory;
const table = new Map<RuntimeName, Row[]>([
  ["crun", []],
  ["runc", []],
]);

/** Declares the tests for the unit files of the package systemd-tests of this tree's Debian. */
export function holdTestExecute(test: Test, tree: string): void {
  const units = globSync(join(`${tree}-tests`, PACKAGED, "exec-*.service")).sort();
  test.before(async () => {
    laboratory = await openLaboratory({ tree, layers: ["tests"] });
    const { root } = laboratory.reference;
    for (const place of [KNOWN_TO_SYSTEMD, PLACE]) cpSync(root + PACKAGED, root + place, { recursive: true });
    run(["systemctl", "daemon-reload"]);
  });

  test.after(async () => {
    for (const [runtime, rows] of table) printTable(runtime, rows);
    await laboratory?.stop();
  });

  test("the package has its unit files", () => {
    assert.ok(units.length > 150, `found ${units.length} below ${PACKAGED}`);
  });

  for (const path of units) {
    const name = basename(path, ".service").replace(/^exec-/, "");
    const trial = TRIALS[name] ?? {};
    if ("notApplicable" in trial) {
      exclude(name, trial);
      continue;
    }
    const trials = Array.isArray(trial) ? (trial as readonly Trial[]) : [trial as Trial];
    let bySystemd: readonly Ending[];
    test(`systemd starts ${name}`, () => {
      bySystemd = tryAll(basename(path), trials, "systemd");
    });
    for (const runtime of ["crun", "runc"] as const) {
      test(`${name} ends with ${runtime} as it should`, () => {
        const endings = tryAll(basename(path), trials, runtime);
        const row = judge(name, trials, { runtime, endings, bySystemd });
        table.get(runtime)!.push(row);
        assert.is.not(row.verdict, "failed", `${row.note}\n${endings.map(({ said }) => said).join("\n")}`);
      });
    }
  }
}

function ownCapabilities(): bigint {
  return BigInt(`0x${/^CapBnd:\t(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
}

function exclude(unit: string, { notApplicable }: Excluded): void {
  for (const rows of table.values()) rows.push({ unit, verdict: "not applicable", note: notApplicable });
}

interface Found {
  readonly runtime: RuntimeName;
  readonly endings: readonly Ending[];
  readonly bySystemd: readonly Ending[];
}

interface Ending {
  readonly status: number;
  readonly said: string;
}

function tryAll(file: string, trials: readonly Trial[], side: Side): readonly Ending[] {
  run(["sh", "-euc", PREPARATION]);
  return trials.map((trial) => {
    if (trial.before !== undefined) run(["sh", "-euc", trial.before]);
    const template = trial.unit === undefined ? file : `exec-${trial.unit}.service`;
    const unit = template.replace("@", `@${trial.instance ?? ""}`);
    return side === "systemd" ? startWithSystemd(unit) : startWithDynuser(unit, trial, side);
  });
}

function startWithSystemd(unit: string): Ending {
  laboratory.reference.run(["systemctl", "start", "--wait", unit]);
  const shown = run(["systemctl", "show", "-p", "Result,ExecMainCode,ExecMainStatus", unit]);
  laboratory.reference.run(["systemctl", "stop", unit]);
  laboratory.reference.run(["systemctl", "reset-failed", unit]);
  const [code, status] = ["ExecMainCode", "ExecMainStatus"].map((name) =>
    Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(shown)?.[1]),
  );
  // CLD_EXITED of waitid(2); otherwise a signal.
  return { status: code === 1 || code === 0 ? status! : 128 + status!, said: shown };
}

function startWithDynuser(unit: string, { variables = {} }: Trial, runtime: RuntimeName): Ending {
  const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const call = [DYNUSER, "run", "--runtime", RUNTIMES[runtime], "--unit", `${PLACE}/${unit}`];
  const { status, stderr } = laboratory.reference.run(["env", ...environment, ...call]);
  return { status: status ?? -1, said: stderr };
}

function judge(unit: string, trials: readonly Trial[], found: Found): Row {
  const { runtime, endings, bySystemd } = found;
  const list = (statuses: readonly number[]) => statuses.join(", ");
  const got = list(endings.map(({ status }) => status));
  const expected = list(trials.map(({ ends = 0, endsHere = ends }) => endsHere));
  const declared = list(trials.map(({ deviates, ends = 0, endsHere = ends }) => deviates?.ends[runtime] ?? endsHere));
  const theirs = list(bySystemd.map(({ status }) => status));
  const adapted = trials.map((trial) => trial.adapted).find((text) => text !== undefined);
  const obstacle = endings.map(({ said }) => said).find((said) => OBSTACLE.test(said));

  if (got === expected) return { unit, verdict: adapted === undefined ? "passed" : "adapted", note: adapted ?? "" };
  const bothFail = endings.every(({ status }, index) => status !== 0 && bySystemd[index]!.status !== 0);
  if (got === theirs || (bothFail && !/[1-9]/.test(expected)))
    return { unit, verdict: "agrees", note: `systemd itself ends with ${theirs}, not with ${expected}` };
  if (got === declared) return { unit, verdict: "deviates", note: `ends with ${got}: ${reasons(trials).join("; ")}` };
  if (obstacle !== undefined) return { unit, verdict: "not here", note: obstacle.trim().replaceAll("\n", "; ") };
  return { unit, verdict: "failed", note: `ended with ${got}, expected ${expected}, systemd ${theirs}` };
}

function reasons(trials: readonly Trial[]): readonly string[] {
  const names = trials.flatMap(({ deviates }) => (deviates === undefined ? [] : [deviates.directive]));
  return names.map((name) => `${name}=: ${DIRECTIVES.get(name)?.deviation}`);
}

function printTable(runtime: RuntimeName, rows: readonly Row[]): void {
  console.log(`\nsystemd's own tests with ${runtime}:`);
  for (const { unit, verdict, note } of rows.toSorted((a, b) => (a.unit < b.unit ? -1 : 1)))
    console.log(`  ${unit.padEnd(56)} ${verdict}${note === "" ? "" : `: ${note}`}`);
  const verdicts = Object.groupBy(rows, ({ verdict }) => verdict);
  console.log(
    `  ${Object.entries(verdicts)
      .map(([verdict, all]) => `${all!.length} ${verdict}`)
      .join(", ")}`,
  );
}

function run(command: readonly string[]): string {
  const { status, stdout, stderr } = laboratory.reference.run(command);
  assert.is(status, 0, `${command.join(" ")}: ${stderr}`);
  return stdout;
}
