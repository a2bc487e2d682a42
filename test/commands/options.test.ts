import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeOptions, type Option, readOptions } from "../../src/commands/options.ts";
import { UserErrors } from "../../src/errors.ts";

const TABLE: readonly Option[] = [
  { name: "property", short: "p", argument: "NAME=VALUE", summary: "set one" },
  { name: "strict", summary: "be strict" },
];

test("options are read up to the first word that is none", () => {
  const options = readOptions("run", TABLE, ["-p", "A=1", "--strict", "ls", "-l", "--strict"]);
  assert.equal(options.all("property"), ["A=1"]);
  assert.ok(options.has("strict"));
  assert.equal(options.rest, ["ls", "-l", "--strict"]);
});

test("without a command to come they may stand anywhere before --", () => {
  const options = readOptions("convert", TABLE, ["web.service", "-pA=1", "x", "--strict", "--", "-p"], "anywhere");
  assert.equal([options.get("property"), options.has("strict")], ["A=1", true]);
  assert.equal(options.rest, ["web.service", "x", "-p"]);
});

test("everything after -- is the command, options and another -- included", () => {
  assert.equal(readOptions("run", TABLE, ["--", "--strict", "--"]).rest, ["--strict", "--"]);
});

test("an argument may be glued to its option", () => {
  assert.equal(readOptions("run", TABLE, ["--property=A=1", "-pB=2"]).all("property"), ["A=1", "B=2"]);
});

test("all mistakes are told at once", () => {
  const problems = [
    'cannot read "--nope": expected an option of dynuser run --help',
    'cannot read "--strict=yes": expected --strict alone',
    "cannot read -p: found nothing after it, expected NAME=VALUE",
  ];
  assert.throws(
    () => readOptions("run", TABLE, ["--nope", "--strict=yes", "-p"]),
    (error: unknown) => error instanceof UserErrors && error.message === problems.join("\n"),
  );
});

test("the help has a line for each option", () => {
  assert.is(describeOptions(TABLE), "  -p, --property NAME=VALUE  set one\n      --strict               be strict");
});

test.run();
