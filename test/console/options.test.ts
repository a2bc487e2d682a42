import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeOptions, type Option, readOptions } from "../../src/console/options.ts";

const TABLE: readonly Option[] = [
  { name: "property", short: "p", argument: "NAME=VALUE", summary: "set one" },
  { name: "pty", short: "t", summary: "use a terminal" },
  { name: "strict", summary: "be strict", default: "no" },
];

test("options are read up to the first operand", () => {
  const options = readOptions(TABLE, ["-p", "A=1", "--strict", "ls", "-l", "--strict"]);
  assert.equal(options.all("property"), ["A=1"]);
  assert.ok(options.has("strict"));
  assert.equal(options.rest, ["ls", "-l", "--strict"]);
});

test("options of a command without a command in its operands may stand anywhere before --", () => {
  const options = readOptions(TABLE, ["web.service", "-pA=1", "x", "--strict", "--", "-p"], "anywhere");
  assert.equal([options.get("property"), options.has("strict")], ["A=1", true]);
  assert.equal(options.rest, ["web.service", "x", "-p"]);
});

test("all words after -- are operands, options and another -- included", () => {
  assert.equal(readOptions(TABLE, ["--", "--strict", "--"]).rest, ["--strict", "--"]);
});

test("an argument may be joined to its option", () => {
  assert.equal(readOptions(TABLE, ["--property=A=1", "-pB=2"]).all("property"), ["A=1", "B=2"]);
});

test("short options may be joined, the last one with its argument", () => {
  for (const args of [["-tp", "A=1"], ["-tpA=1"]]) {
    const options = readOptions(TABLE, args);
    assert.equal([options.has("pty"), options.get("property"), options.problems], [true, "A=1", []]);
  }
});

test("options keep their order over all names", () => {
  const { given } = readOptions(TABLE, ["-pA=1", "--strict", "-pB=2"]);
  assert.equal(
    given.map(({ name, value }) => `${name} ${value}`),
    ["property A=1", "strict ", "property B=2"],
  );
});

test("all problems are reported at once, with the nearest option", () => {
  const { problems } = readOptions(TABLE, ["--stict", "-tx", "--strict=yes", "--nothing-like-it", "-p"]);
  assert.equal(problems, [
    "unknown option --stict, did you mean --strict?",
    "unknown option -x in -tx",
    'cannot read --strict: found "yes", expected no argument',
    "unknown option --nothing-like-it",
    "cannot read -p: found nothing after it, expected NAME=VALUE",
  ]);
});

test("-- is no argument of an option", () => {
  assert.equal(readOptions(TABLE, ["--property", "--", "ls"]).problems, [
    "cannot read --property: found nothing after it, expected NAME=VALUE",
  ]);
});

test("the help has a line for each option, with its default", () => {
  assert.is(
    describeOptions(TABLE),
    [
      "  -p, --property NAME=VALUE  set one",
      "  -t, --pty                  use a terminal",
      "      --strict               be strict (default: no)",
    ].join("\n"),
  );
});

test.run();
