import { test } from "uvu";
import * as assert from "uvu/assert";
import { dropInDirectories, instanceLike, isServiceName, templateOf } from "../../src/settings/unitName.ts";

test("only an instance has a template", () => {
  assert.is(templateOf("web@1.service"), "web@.service");
  assert.is(templateOf("web@.service"), undefined);
  assert.is(templateOf("web.service"), undefined);
});

test("an alias of a template is the same instance of it", () => {
  assert.is(instanceLike("web@.service", "old@1.service"), "web@1.service");
  assert.is(instanceLike("web.service", "old.service"), "web.service");
});

test("drop-ins are for the unit, for its template and for all whose names begin alike", () => {
  assert.equal(dropInDirectories("web.service"), ["web.service.d"]);
  assert.equal(dropInDirectories("a-b-c.service"), ["a-b-c.service.d", "a-b-.service.d", "a-.service.d"]);
  assert.equal(dropInDirectories("a-b@1.service"), [
    "a-b@1.service.d",
    "a-b@.service.d",
    "a-@.service.d",
    "a-@1.service.d",
  ]);
});

test("no specifier of a name is empty, . or ..", () => {
  for (const name of ["web", "web-1", "a--b", "web@eu.1", "a.b", "web@a-b", "x:y+z"])
    assert.ok(isServiceName(name), name);
  for (const name of ["web-", "web@", "web-.", "web-..", "web@..", "web-@a", "web-..@a", "web@.@a", "..", "-a", "a/b"])
    assert.not(isServiceName(name), name);
});

test.run();
