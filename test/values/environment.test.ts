import { test } from "uvu";
import * as assert from "uvu/assert";
import { assignments, variableNames, variablesToRemove } from "../../src/values/environment.ts";
import { parseEnvironmentFile } from "../../src/values/environmentFile.ts";
import { expandArguments } from "../../src/values/expansion.ts";
import { parse, recordReading } from "../support/systemd/reading.ts";

test("assignments are quoted words with C escapes, later ones win", () => {
  assert.equal(parse(assignments, String.raw`A=1 "B=x y" 'C="q"' D=\x41\t A=2 E= F=a=b`), {
    A: "2",
    B: "x y",
    C: '"q"',
    D: "A\t",
    E: "",
    F: "a=b",
  });
});

test("invalid assignments are dropped, others are kept", () => {
  const reading = recordReading();
  assert.equal(assignments.parse("A=1 2B=x C D-E=1 F=2", reading), { A: "1", F: "2" });
  assert.equal(
    reading.complaints.map(([found]) => found),
    ["2B=x", "C", "D-E=1"],
  );
});

test("names of Object.prototype are ordinary names", () => {
  assert.equal(Object.entries(parse(assignments, "__proto__=1 constructor=2")), [
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
  assert.equal(expandArguments(["$toString", "${constructor}"], {}), [""]);
});

test("lists of variables accept names, UnsetEnvironment= also exact values", () => {
  const reading = recordReading();
  assert.equal(variableNames.parse("A B=1 C", reading), ["A", "C"]);
  assert.equal(variablesToRemove.parse("A B=1 1C", reading), ["A", "B=1"]);
  assert.is(reading.complaints.length, 2);
  assert.equal(variableNames.merge!(["A", "B"], ["B", "C"]), ["A", "B", "C"]);
});

const FILES: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ["plain values lose blanks at both ends", "A=  x y  \nB=z", { A: "x y", B: "z" }],
  ["comments and lines without = are skipped", "# a=1\n; b=2\nnothing\n A =1\n", { A: "1" }],
  ["quotes group, mix and keep blanks", `A="x "' y'z\nB='a"b'\nC=a"b"\n`, { A: "x  yz", B: 'a"b', C: 'a"b"' }],
  ["quoted values span lines", "A=\"x\ny\"\nB='x\ny'\n", { A: "x\ny", B: "x\ny" }],
  ["backslashes escape outside of quotes and join lines", "A=x\\ \\\ny\\n\nB=1", { A: "x yn", B: "1" }],
  ["blanks before a backslash are no trailing ones", "A=x \\\n\nB=x \\\ny", { A: "x ", B: "x y" }],
  ["in double quotes only four characters are escaped", 'A="\\"\\\\\\`\\$\\n\\\nx"', { A: '"\\`$\\nx' }],
  ["single quotes know no escapes", "A='\\x'", { A: "\\x" }],
  ["a value may be empty or its quote may miss its end", 'A=\nB="x', { A: "", B: "x" }],
  ["later assignments win", "A=1\nA=2", { A: "2" }],
  ["Windows line ends are line ends", "A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["a comment that ends in a backslash ends with its line", "# x \\\nA=1", { A: "1" }],
];

for (const [title, text, expected] of FILES) {
  test(`in environment files ${title}`, () => assert.equal(parseEnvironmentFile(text), expected));
}

test("$NAME becomes words, ${NAME} stays inside its word, $$ is a dollar sign", () => {
  const variables = { ONE: "one", TWO: `'two two' too`, EMPTY: "" };
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["$ONE", ["one"]],
    ["$TWO", ["two two", "too"]],
    ["${TWO}", ["'two two' too"]],
    ["x${ONE}y${ONE}", ["xoneyone"]],
    ["$EMPTY", []],
    ["${EMPTY}", [""]],
    ["$UNSET", []],
    ["a${UNSET}b", ["ab"]],
    ["$$ONE", ["$ONE"]],
    ["$${ONE}", ["${ONE}"]],
    ["a$ONE", ["a$ONE"]],
    ["$ONE/x", []],
    ["${ONE", ["${ONE"]],
    ["${ONE:-x}${ONE:${ONE}", ["${ONE:-x}${ONE:one"]],
    ["$", []],
    ["a$", ["a$"]],
  ];
  for (const [argument, expected] of cases) assert.equal(expandArguments([argument], variables), expected, argument);
});

test.run();
