import { test } from "uvu";
import * as assert from "uvu/assert";
import { findAmbiguity } from "../../src/oci/ambiguity.ts";
import { parseJson } from "../../src/oci/json.ts";

function find(text: string): string | undefined {
  return findAmbiguity(text, parseJson(text));
}

const TWICE = "a member twice in one object, expected it once";

test("a member that stands twice is found at any depth, however it is written", () => {
  for (const text of [
    '{"annotations": {"a": "b"}, "annotations" : {}}',
    '{"x": [{"y": {"a": 1, "b": 2, "\\u0061": 3}}]}',
    '{"a\\\\": 1, "a\\\\": 2}',
    '{"a\\"": 1, "a\\"": 2}',
    '{"__proto__": 1, "__proto__": 2}',
    '{"a": null, "a": {"b": 18446744073709551615}}',
  ])
    assert.is(find(text), TWICE, text);
});

test("a member that Go would take for another one is found", () => {
  for (const [name, expected] of [
    ["Process", "process"],
    ["PROCESS", "process"],
    ["noNewPrivilege\\u017f", "noNewPrivileges"],
    ["proce\u017fs", "process"],
    ["ma\u017fkedPaths", "maskedPaths"],
    ["\u212aernel", "kernel"],
  ])
    assert.is(
      find(`{"linux": [{"${name}": 1}]}`),
      `the member ${JSON.stringify(JSON.parse(`"${name}"`))}, expected "${expected}"`,
    );
  assert.is(find('{"vendor": 1, "Vendor": 2}'), 'the member "Vendor" in two spellings, expected one');
});

test("what every reader understands alike is none", () => {
  for (const text of [
    '{"annotations": {"a": "1", "A": "2", "Process": "3"}}',
    '{"linux": {"sysctl": {"net.x": "1", "Net.x": "2"}, "resources": {"unified": {"a": "b"}}}}',
    '{"process": {"env": ["\\"a\\": 1", "a\\\\", ":", "{\\"a\\":\\"\\\\\\":"], "args": ["a\\":", "}"]}}',
    '[{"a": 1}, {"a": 2}, 18446744073709551615, 1.0, {"n": -0}]',
    '{"unknown": 1, "ociVersion": "1.0.2"}',
    "null",
  ])
    assert.is(find(text), undefined, text);
});

test.run();
