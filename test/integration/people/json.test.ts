import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser, startDynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

const PROJECT = join(import.meta.dirname, "../../..");
const NAME = "dynuser-json-test";
const SERVICE = ["--name", NAME, "-p", "DynamicUser=yes", "-p", `StateDirectory=${NAME}`] as const;

type Schema = Readonly<Record<string, unknown>>;

/** The schema without room for members that it does not document. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const { properties = {} } = members as { readonly properties?: Schema };
  const isClosed = members["type"] === "object" && Object.keys(properties).length > 0 && !("kind" in properties);
  return isClosed ? { ...members, additionalProperties: false } : members;
}

function check(name: string, document: unknown): void {
  const schema = JSON.parse(readFileSync(join(PROJECT, `schemas/output/${name}.schema.json`), "utf8")) as Schema;
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, formats: { "date-time": isTime } });
  const validate = ajv.compile(closed(schema) as Schema);
  assert.ok(validate(document), `${name}: ${ajv.errorsText(validate.errors)}`);
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
}

const printed = (...args: readonly string[]): unknown => JSON.parse(dynuser(args).output);

test("every document with a schema is in docs/json.md", () => {
  const text = readFileSync(join(PROJECT, "docs/json.md"), "utf8");
  for (const file of readdirSync(join(PROJECT, "schemas/output")))
    assert.ok(text.includes(`schemas/output/${file}`), file);
});

test("ps, state and uid print what their schemas describe", async () => {
  const started = startDynuser(["run", ...SERVICE, "--", "sh", "-c", "echo ready; read line"]);
  try {
    await started.until("ready");
    check("ps", printed("ps", "--json"));
    check("state", printed("state", "ls", "--json"));
    check("uid-ls", printed("uid", "ls", "--json"));
  } finally {
    started.process.stdin!.end("\n");
    await started.ended;
  }
  for (const verb of ["show", "path"]) check("state", printed("state", verb, "--json", NAME));
  check("uid-periods", printed("uid", "history", NAME, "--json"));
  check("state", printed("state", "clean", "--what=all", "--json", NAME));
  check("gc", printed("gc", "--json"));
});

test("analyze, doctor, show and directives print what their schemas describe", () => {
  check("analyze", printed("analyze", "--json", ...SERVICE));
  check("doctor", printed("doctor", "--json"));
  check("show", printed("show", "--json", ...SERVICE, "-p", "ProtectSystem=strict", "--", "true"));
  check("directives", printed("directives", "--json"));
  check("syscalls", printed("directives", "--syscalls", "@swap", "--json"));
});

test("run --result writes what its schema describes", () => {
  withScratch((directory) => {
    const file = `${directory}/result.json`;
    for (const command of ["true", "kill -9 $$"]) {
      dynuser(["run", ...SERVICE, "--result", file, "--", "sh", "-c", command]);
      check("result", JSON.parse(readFileSync(file, "utf8")));
      rmSync(file);
    }
  });
  dynuser(["state", "clean", "--what=all", NAME]);
});

test.run();
