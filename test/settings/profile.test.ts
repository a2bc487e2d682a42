import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemsOf } from "../../src/errors.ts";
import { readProfile } from "../../src/settings/profile.ts";

async function read(text: string): Promise<readonly (readonly [string, string, string])[]> {
  const settings = await readProfile(text, "p.yaml");
  return settings.map((one) => [one.name, one.value, one.place] as const);
}

async function problems(text: string): Promise<readonly string[] | undefined> {
  return readProfile(text, "p.yaml").then(
    () => [],
    (error: unknown) => problemsOf(error),
  );
}

test("scalars keep their text and lists become repeated assignments", async () => {
  assert.equal(
    await read('UMask: 0077\nDynamicUser: yes\nEnvironment:\n  - A=1\n  - "B=x y"\nUser:\nReadOnlyPaths: []\n'),
    [
      ["UMask", "0077", "p.yaml:1"],
      ["DynamicUser", "yes", "p.yaml:2"],
      ["Environment", "A=1", "p.yaml:4"],
      ["Environment", "B=x y", "p.yaml:5"],
      ["User", "", "p.yaml:6"],
      ["ReadOnlyPaths", "", "p.yaml:7"],
    ],
  );
});

test("profiles are strict and may be empty", async () => {
  assert.ok((await readProfile("A: b\n", "p.yaml")).every((one) => !one.lenient));
  assert.equal(await read("# nothing\n"), []);
});

test("anything but texts and lists of texts is refused with its line", async () => {
  assert.equal(await problems("A:\n  b: c\nB:\n  - [x]\n"), [
    "cannot read the profile: found a mapping, expected a text or a list of texts for A (p.yaml:2)",
    "cannot read the profile: found a list, expected a text or a list of texts for B (p.yaml:4)",
  ]);
  assert.equal(await problems("- a\n"), [
    "cannot read the profile: found a list, expected a mapping of directives to values (p.yaml:1)",
  ]);
});

test("broken YAML, repeated keys and aliases are refused", async () => {
  assert.match((await problems("A: [\n"))!.join(), /^cannot read the profile: .* \(p\.yaml:\d\)$/);
  assert.match((await problems("A: 1\nA: 2\n"))!.join(), /unique.*\(p\.yaml:2\)$/);
  assert.match((await problems("A: &x 1\nB: *x\n"))!.join(), /expected a text or a list of texts for B \(p\.yaml:2\)$/);
});

test.run();
