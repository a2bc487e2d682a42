import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEnvironment } from "../../../src/apply/process/environment.ts";
import { ExecStart } from "../../../src/directives/execCommands.ts";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { LimitCORE, LimitCPU, LimitNICE, LimitNOFILE, LimitRTTIME } from "../../../src/directives/limits.ts";
import { UMask } from "../../../src/directives/umask.ts";
import { UserError } from "../../../src/errors.ts";
import { makePlan } from "../../../src/model/plan.ts";
import { readService } from "../../../src/settings/read.ts";
import { readUnitFile } from "../../../src/settings/unitFile.ts";
import { readLimited } from "../../../src/sys/files/readLimited.ts";
import { expandArguments } from "../../../src/values/expansion.ts";
import { specifiersOf } from "../../../src/values/specifiers.ts";
import { contextOf } from "../../support/bundles/plan.ts";
import { factsOfHost } from "../../support/hosts/facts.ts";
import { bootSystemdHost } from "../../support/hosts/systemdHost.ts";

/*
 * The same unit text read by a real systemd and by us: arguments and variables as a program gets them, limits and
 * masks as systemd shows them. A unit that systemd refuses has to be refused.
 */

/** Prints its arguments, a marker and its variables, each with a NUL behind. */
const PROBE = '#!/bin/sh\n[ $# = 0 ] || printf "%s\\0" "$@"\nprintf "==\\0"\nexec env -0\n';

const UNITS: readonly (readonly [string, string])[] = [
  ["words and quotes", `ExecStart=/probe a  "b c" 'd "e"' f"g h"i '' "it's"`],
  ["C escapes", String.raw`ExecStart=/probe \x41 \101 \t| "\s" \u00e4 \U0001F600 \\ \" \' \a`],
  ["unknown escapes", String.raw`ExecStart=/probe \q "\." \8 \x4 \u12`],
  ["semicolons", String.raw`ExecStart=/probe a \; ";" b;c ;d \;;`],
  ["trailing semicolon", "ExecStart=/probe a ;"],
  ["prefixes", "ExecStart=@/probe name a b"],
  ["no expansion", "Environment=T_A=x\nExecStart=:/probe $T_A ${T_A} $$"],
  [
    "variables",
    `Environment=T_A=one "T_B=two words" "T_C='q q' r" T_E=\nExecStart=/probe $T_A $T_B $T_C $T_E $T_NONE \${T_B} x\${T_A}y \${T_NONE} $$T_A $\${T_A} a$T_A $T_A/b \${T_A $ a$ \${} "$T_B" '\${T_C}' \${T_A:-x}`,
  ],
  ["unbalanced quote", 'ExecStart=/probe "a'],
  ["relative program", "ExecStart=bin/probe"],
  ["program in the search path", "ExecStart=sh /probe a"],
  ["directory as a program", "ExecStart=/probe/"],
  ["dots in the program's path", "ExecStart=//./probe a"],
  ["no argument zero", "ExecStart=@/probe"],
  ["broken but may fail", 'ExecStart=/probe a\nExecStart=-/probe "b'],
  ["continued lines", "ExecStart=/probe a \\\n# comment\n   b \\\n ; comment\n\tc\nEnvironment=T_X=1"],
  ["continued to nothing", "ExecStart=/probe a \\\n\nEnvironment=T_X=1"],
  ["escaped end of line", "Environment=T_X=1\nExecStart=/probe a\\\\\nEnvironment=T_Y=2"],
  ["Windows lines", "ExecStart=/probe a \\\r\n b\r\nEnvironment=T_X=1\r"],
  ["blanks around names", "  ExecStart =   /probe a   \n\tEnvironment\t=\tT_X=1"],
  ["reset", "ExecStart=/none\nExecStart=\nExecStart=/probe x\nEnvironment=T_A=1\nEnvironment=\nEnvironment=T_B=2"],
  [
    "specifiers",
    "ExecStart=/probe %n %N %p %i %I %j %J %f %P %t %S %C %L %E %T %V %u %U %g %G %h %s %% 100% x%-y %d %D",
  ],
  ["unknown specifier", "ExecStart=/probe %z"],
  ["specifier with a dot", "ExecStart=/probe %."],
  [
    "assignments",
    String.raw`Environment=T_A=1 "T_B=x y" 'T_C="q"' T_D=\x41\t T_A=2 T_E= T_F=a=b T_G="x y" T_H=a"b c"d`,
  ],
  ["bad assignments", `Environment=T_A=1 2B=x T_C T-D=1 =x T_E=%z T_F=%p T_G=%%`],
  ["assignments with a broken quote", 'Environment=T_A=1 "T_B=2'],
  ["assignments with a broken escape", String.raw`Environment=T_A=1 T_B=\q T_C=3`],
  ["bytes that are no text", String.raw`Environment=T_A=1 T_B=\xff T_C=3`],
  ["a byte order mark in a value", "Environment=T_A=\uFEFFx"],
  ["bytes that make a character", String.raw`Environment=T_A=\xc3\xa4`],
  ["unset", 'Environment=T_A=1 T_B=2 T_C=3 "T_D=x y"\nUnsetEnvironment=T_A T_B=3 T_C=3 "T_D=x y" 1X'],
  ["unset and reset", "Environment=T_A=1 T_B=2\nUnsetEnvironment=T_A\nUnsetEnvironment=\nUnsetEnvironment=T_B"],
  ["files", "Environment=T_A=set\nEnvironmentFile=/etc/t/one.env"],
  ["patterns of files", "EnvironmentFile=/etc/t/*.env"],
  ["optional file", "EnvironmentFile=-/etc/t/none"],
  ["missing file", "EnvironmentFile=/etc/t/none"],
  ["relative file", "EnvironmentFile=etc/t/one.env\nEnvironment=T_A=1"],
  ["file with a blank", "EnvironmentFile=/etc/t/two words"],
  ["file by specifier", "EnvironmentFile=%E/t/one.env"],
  ["masks", "UMask=077"],
  ["bad mask", "UMask=0077\nUMask=9\nUMask=10000\nUMask=0o7"],
  ["limits", "LimitNOFILE=1024:4096\nLimitCORE=1.5M\nLimitCPU=2min:3min\nLimitRTTIME=1ms\nLimitNICE=-5"],
  ["endless limits", "LimitNOFILE=64:infinity\nLimitCORE=infinity\nLimitCPU=1.2s"],
  ["odd limits", "LimitNOFILE=0x400\nLimitCORE=1K 5\nLimitCPU=1:infinity\nLimitRTTIME=5\nLimitNICE=+19"],
  ["leading zeros", "LimitNOFILE=0100\nLimitNICE=7"],
  [
    "bad limits",
    "LimitNOFILE=99\nLimitNOFILE=2:1\nLimitNOFILE=x\nLimitNOFILE=1:2:3\nLimitCORE=5\nLimitCORE=1K 1M\nLimitCORE=-1\nLimitNICE=9\nLimitNICE=41\nLimitNICE=+20",
  ],
  ["half limits", "LimitNOFILE=99\nLimitNOFILE=1:\nLimitNOFILE=:1\nLimitNOFILE="],
  ["time spans", "LimitCPU=1h 1min 1.5s"],
  ["time spans with odd units", "LimitCPU=1d1w\nLimitRTTIME=1us 1ms 1s"],
  ["bad time spans", "LimitCPU=7\nLimitCPU=1 parsec\nLimitCPU=1..5\nLimitCPU=-1"],
  ["sizes", "LimitCORE=1G 512M 3"],
  ["bad user", "User=a:b"],
  ["digits as a user", "User=65535"],
  ["too many digits as a user", "User=007"],
  ["bad group", "SupplementaryGroups=root a/b"],
  ["bad working directory", "WorkingDirectory=etc"],
  ["bad optional working directory", "WorkingDirectory=-etc"],
  ["unknown setting", "Nonsense=1\nX-Mine=2\nEnvironment=T_A=1"],
  ["lines that are none", "nonsense\n=x\nEnvironment=T_A=1"],
];

const FILES: Readonly<Record<string, string>> = {
  "one.env": String.raw`# T_C=comment
; T_C=comment
T_A=file
 T_B =  x y  
T_D="a  b" 'c' d
T_E=a"b"c
T_F=x\
y\z
T_G="x\
y\z\"\$\n"
T_H='x\'y
T_I="two
lines"
export T_J=1
T_K=
T_L=a # b
T_M=$T_A ${"${T_A}"}
T_N=x\ 
T_O="a" b  
# comment \
T_P=1
T_Q='a'"b"c
`,
  "two.env": 'T_A=two\r\nT_B=2\r\n1BAD=1\nT_Z="unfinished',
  "two words": "T_A=blank",
};

const LIMITS = { NOFILE: LimitNOFILE, CORE: LimitCORE, CPU: LimitCPU, RTTIME: LimitRTTIME, NICE: LimitNICE } as const;

interface Outcome {
  readonly arguments: readonly string[];
  readonly variables: readonly string[];
  readonly shown: Readonly<Record<string, string>>;
}

const reference = await bootSystemdHost();
mkdirSync(`${reference.root}/etc/t`);
writeFileSync(`${reference.root}/probe`, PROBE, { mode: 0o755 });
writeFileSync(`${reference.root}/usr/bin/probe`, PROBE, { mode: 0o755 });
for (const [name, text] of Object.entries(FILES)) writeFileSync(`${reference.root}/etc/t/${name}`, text);
for (const [index, [, lines]] of UNITS.entries()) writeFileSync(unitPath(index), unitText(lines));
reference.run(["systemctl", "daemon-reload"]);

function unitName(index: number): string {
  return `t-e-s@x-${index}\\x2dy.service`;
}

function unitPath(index: number): string {
  return `${reference.root}/run/systemd/system/${unitName(index)}`;
}

function unitText(lines: string): string {
  const command = lines.includes("ExecStart") ? "" : "ExecStart=/probe\n";
  return `[Service]\nType=oneshot\nStandardOutput=file:/output\n${command}${lines}\n`;
}

/** Undefined: systemd does not start it. */
function bySystemd(index: number): Outcome | undefined {
  rmSync(`${reference.root}/output`, { force: true });
  const { status } = reference.run(["systemctl", "start", unitName(index)]);
  if (status !== 0) return undefined;
  const output = readFileSync(`${reference.root}/output`, "utf8").split("\0");
  const marker = output.lastIndexOf("==");
  const properties = Object.keys(LIMITS).flatMap((name) => [`Limit${name}`, `Limit${name}Soft`]);
  const { stdout } = reference.run(["systemctl", "show", unitName(index), `-p${[...properties, "UMask"].join()}`]);
  const shown = Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2) as [string, string]),
  );
  return { arguments: output.slice(0, marker), variables: ownVariables(output.slice(marker + 1)), shown };
}

function byUs(index: number): Outcome {
  const unit = unitName(index);
  const source = readUnitFile(unitText(UNITS[index]![1]), unit);
  const { settings } = source;
  const { service } = readService(settings, {
    directives: DIRECTIVES,
    specifiers: specifiersOf(unit, () => "/bin/bash"),
  });
  const facts = { ...factsOfHost(), host: { ...factsOfHost().host, read: readInside, match: matchInside } };
  const context = { ...contextOf("UMask=0", { facts }), service };
  const edits = makePlan(context).edits.map((owned) => owned.item);
  const spec = applyEnvironment({ ...context.spec, process: { ...context.spec.process!, env: [] } }, edits);
  const env = spec.process!.env!;
  const variables = Object.fromEntries(env.map((entry) => /^([^=]*)=(.*)$/s.exec(entry)!.slice(1) as [string, string]));
  const commands = service.get(ExecStart)!;
  const last = commands.at(-1)!;
  const argv = last.expand ? expandArguments(last.argv, variables) : last.argv;
  return { arguments: argv.slice(last.file === "sh" ? 2 : 1), variables: ownVariables(env), shown: shownByUs(service) };
}

function shownByUs(service: ReturnType<typeof contextOf>["service"]): Readonly<Record<string, string>> {
  const limits = Object.entries(LIMITS).flatMap(([name, directive]) => {
    const limit = service.get(directive);
    return limit === undefined
      ? []
      : [
          [`Limit${name}`, show(limit.hard)],
          [`Limit${name}Soft`, show(limit.soft)],
        ];
  });
  const mask = service.get(UMask);
  return Object.fromEntries([
    ...limits,
    ...(mask === undefined ? [] : [["UMask", `0${mask.toString(8).padStart(3, "0")}`]]),
  ]);
}

function show(limit: bigint): string {
  return limit === 2n ** 64n - 1n ? "infinity" : String(limit);
}

function ownVariables(env: readonly string[]): readonly string[] {
  return env.filter((entry) => entry.startsWith("T_")).sort();
}

function readInside(path: string, limitBytes: number): string | undefined {
  return readLimited(`${reference.root}${path}`, limitBytes);
}

function matchInside(pattern: string): readonly string[] {
  const names = Object.keys(FILES).map((name) => `/etc/t/${name}`);
  return names.filter((name) => (pattern.endsWith("*.env") ? name.endsWith(".env") : name === pattern));
}

for (const [index, [title, lines]] of UNITS.entries()) {
  test(`${title}: values are read as by systemd`, () => {
    const expected = bySystemd(index);
    if (expected === undefined) {
      assert.throws(
        () => byUs(index),
        (error: unknown) => error instanceof UserError,
        `systemd refuses ${lines}`,
      );
      return;
    }
    const found = byUs(index);
    assert.equal(found.arguments, expected.arguments);
    assert.equal(found.variables, expected.variables);
    for (const [name, value] of Object.entries(found.shown)) assert.is(value, expected.shown[name], name);
  });
}

test.after(() => reference.stop());
test.run();
