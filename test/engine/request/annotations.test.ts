import { test } from "uvu";
import * as assert from "uvu/assert";
import { readAnnotations } from "../../../src/engine/request/annotations.ts";
import { UserErrors } from "../../../src/errors.ts";

test("a container without our annotations asks for nothing", () => {
  assert.is(readAnnotations(undefined), undefined);
  assert.is(readAnnotations({ "io.container.manager": "libpod", dynuser: "x" }), undefined);
});

test("reads name, profile and directives; lines are assignments of their own", () => {
  const request = readAnnotations({
    other: "x",
    "dynuser/Name": "web",
    "dynuser/Profile": "strict",
    "dynuser/BindPaths": "/a\n/b",
    "dynuser/DynamicUser": "yes",
  });
  assert.is(request?.name, "web");
  assert.is(request?.profile, "strict");
  assert.equal(
    request?.settings.map(({ name, value }) => `${name}=${value}`),
    ["BindPaths=/a", "BindPaths=/b", "DynamicUser=yes"],
  );
  assert.is(request?.settings[2]?.place, "annotation dynuser/DynamicUser");
});

test("keys that can be no directive are all refused, with their control bytes made visible", () => {
  const error = thrown(() =>
    readAnnotations({ "dynuser/": "", "dynuser/a b": "", "dynuser/X\n": "", "dynuser/User": "a" }),
  );
  assert.instance(error, UserErrors);
  assert.is((error as UserErrors).problems.length, 3);
  assert.match((error as UserErrors).problems[2]!, String.raw`"dynuser/X\n"`);
});

test("in a pod, what is said to one container comes after what is said to all, and concerns no other", () => {
  const annotations = {
    "dynuser/main.StateDirectory": "main",
    "dynuser/main.Name": "web",
    "dynuser/StateDirectory": "all",
    "dynuser/side-car.Profile": "strict",
  };
  const values = (container: string) => readAnnotations(annotations, container)?.settings.map(({ value }) => value);
  assert.equal(values("main"), ["all", "main"]);
  assert.equal(values("side-car"), ["all"]);
  assert.is(readAnnotations(annotations, "main")?.name, "web");
  assert.is(readAnnotations(annotations, "side-car")?.profile, "strict");
  assert.is(readAnnotations({ "dynuser/main.Name": "web" }, "other"), undefined);
  assert.throws(
    () => readAnnotations({ "dynuser/Main.Name": "web" }, "main"),
    /cannot read annotation "dynuser\/Main\.Name"/,
  );
});

test("outside of a pod no container has a name", () => {
  assert.throws(() => readAnnotations({ "dynuser/main.Name": "web" }), /cannot read annotation "dynuser\/main\.Name"/);
});

test("a name has the grammar of a unit's name, without escapes, and is refused before any directive is read", () => {
  for (const name of ["", ".", "..", "a/b", "/a", "-a", ".a", "a\\x2fb", "a b", "a\nb", "é", "a".repeat(201)]) {
    const text = (thrown(() => readAnnotations({ "dynuser/Name": name, "dynuser/Nope": "" })) as Error).message;
    assert.match(text, 'cannot read annotation "dynuser/Name": found ');
    assert.is(text.split("\n").length, 1);
  }
  for (const name of ["web", "web@1", "a.b-c_d:e+f", "1"]) {
    assert.is(readAnnotations({ "dynuser/Name": name })?.name, name);
  }
  assert.throws(() => readAnnotations({ "dynuser/Profile": "../x" }), 'cannot read annotation "dynuser/Profile"');
});

test("number, length, lines, words and slashes of annotations have bounds", () => {
  const many = (count: number, value: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`dynuser/X${index}`, value]));
  for (const [annotations, problem] of [
    [many(257, ""), "found 257 annotations, expected 256 at most"],
    [many(1, "x".repeat(65_536)), "found 65546 bytes, expected 65536 at most"],
    [many(1, "\n".repeat(1024)), "found 1025 lines, expected 1024 at most"],
    [many(1, "a ".repeat(1025)), "found 1025 words, expected 1024 at most"],
    [many(1, "/a".repeat(8193)), "found 8193 slashes, expected 8192 at most"],
  ] as const) {
    assert.throws(() => readAnnotations(annotations), new RegExp(problem));
  }
  assert.is(readAnnotations(many(256, "a b"))?.settings.length, 256);
});

function thrown(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

test.run();
