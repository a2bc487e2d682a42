import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserErrors } from "../../src/errors.ts";
import { readAnnotations } from "../../src/sources/annotations.ts";

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

function thrown(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

test.run();
