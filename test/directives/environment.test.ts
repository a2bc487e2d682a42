import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEnvironment } from "../../src/apply/process/environment.ts";
import { makePlan } from "../../src/model/plan.ts";
import { contextOf, DYNAMIC, planOf, type Situation } from "../support/bundles/plan.ts";
import { factsOfHost } from "../support/hosts/facts.ts";

const FILES: Readonly<Record<string, string>> = { "/etc/a.env": "A=1\nB=2\n", "/etc/b.env": "B=3\n1C=4\n" };
const facts = {
  host: {
    ...factsOfHost().host,
    read: (path: string) => FILES[path],
    match: (pattern: string) => Object.keys(FILES).filter((path) => path === pattern || pattern === "/etc/*.env"),
  },
};

function environmentOf(settings: string, situation: Situation, env: readonly string[]): readonly string[] | undefined {
  const context = contextOf(settings, situation);
  const spec = { ...context.spec, process: { ...context.spec.process!, env } };
  return applyEnvironment(
    spec,
    makePlan(context).edits.map((owned) => owned.item),
  ).process?.env;
}

test("matching environment files are read in order, invalid names are dropped with a warning", () => {
  assert.equal(planOf("EnvironmentFile", "EnvironmentFile=/etc/*.env", { facts }), [
    { kind: "environment", layer: "file", variables: { A: "1", B: "3" } },
    { kind: "warning", text: 'ignoring "1C": expected the name of a variable (/etc/b.env)' },
  ]);
});

test("a missing environment file is an error unless it is optional", () => {
  assert.throws(
    () => planOf("EnvironmentFile", "EnvironmentFile=/etc/none", { facts }),
    'cannot honour EnvironmentFile=: found no file "/etc/none" on the host, expected one, or a "-" before it',
  );
  assert.equal(planOf("EnvironmentFile", "EnvironmentFile=-/etc/none", { facts }), [
    { kind: "environment", layer: "file", variables: {} },
  ]);
});

test("later layers win: engine, login, directories, search path, passed, set, file, unset", () => {
  const settings = [
    "DynamicUser=yes",
    "StateDirectory=web",
    "ExecSearchPath=/opt/bin:/usr/bin",
    "PassEnvironment=LANG TERM NONE",
    "Environment=A=set TERM=set USER=set",
    "EnvironmentFile=/etc/a.env",
    "UnsetEnvironment=GONE KEPT=other EXACT=1",
  ].join("\n");
  const env = ["PATH=/bin", "A=engine", "HOME=/root", "GONE=1", "KEPT=1", "EXACT=1", "TERM=engine"];
  const situation = { identity: DYNAMIC, facts, environment: { LANG: "C", TERM: "passed" } };
  assert.equal([...environmentOf(settings, situation, env)!].sort(), [
    "A=1",
    "B=2",
    "HOME=/",
    "KEPT=1",
    "LANG=C",
    "LOGNAME=web",
    "PATH=/opt/bin:/usr/bin",
    "STATE_DIRECTORY=/var/lib/web",
    "TERM=set",
    "USER=set",
  ]);
});

test("repeated assignments merge, empty ones reset", () => {
  const settings = "Environment=A=1 B=1\nEnvironment=\nEnvironment=C=1\nEnvironment=C=2 D=%n";
  assert.equal(planOf("Environment", settings), [
    { kind: "environment", layer: "set", variables: { C: "2", D: "web.service" } },
  ]);
});

test.run();
