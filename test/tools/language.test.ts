import { test } from "uvu";
import * as assert from "uvu/assert";
import { findHabits, proseOf } from "../../src/tools/language.ts";

const check = (file: string, text: string): readonly string[] => findHabits(file, proseOf(file, text));

test("a habit in a comment, a message and a title is reported with its line", () => {
  const text = [
    "// Whoever calls it is root.",
    "throw new UserError(`cannot run: ${problem} is told`);",
    'test("what is left is mended", () => {});',
  ].join("\n");
  assert.equal(
    check("src/x.ts", text).map((line) => line.split('"', 2).join('"')),
    ['src/x.ts:1: "Whoever', 'src/x.ts:2: "told', 'src/x.ts:3: "mended'],
  );
});

test("an errno's name in a message is reported", () => {
  assert.is(check("src/x.ts", 'const text = "cannot open it: found ENOENT";').length, 1);
});

test("names in code and expressions inside a message are no prose", () => {
  assert.equal(check("src/x.ts", "const told = who(besides); // the caller"), []);
  assert.equal(check("src/x.ts", "const text = `the user is ${told}`;"), []);
});

test("comments of shell scripts are read", () => {
  assert.is(check("tools/x.sh", "echo 1 # as ever").length, 1);
});

test("the user nobody is a name of the field", () => {
  assert.equal(check("src/x.ts", "// UID and GID of the user `nobody`."), []);
});

test.run();
