import { test } from "uvu";
import * as assert from "uvu/assert";
import { hashOfName, isUserName, prefixOfUnit, userNameFromPrefix, userNameOf } from "../../src/identity/name.ts";

const uidOf = (name: string) => 61184 + hashOfName(name, 4336);

test("a name gets the same UID as under systemd", () => {
  const uids = {
    foo: 63016,
    waldo: 61647,
    myapp: 65483,
    nginx: 65348,
    web: 63404,
    redis: 65030,
    hello: 61895,
    quux: 62115,
  };
  for (const [name, uid] of Object.entries(uids)) assert.is(uidOf(name), uid, name);
});

test("what cannot name a user becomes a hash, as under systemd", () => {
  assert.is(userNameFromPrefix("my.app"), "_du0d6ad704fe47e3a5");
  assert.is(userNameFromPrefix("a.b"), "_dud645219be626ade9");
  assert.is(userNameFromPrefix("0day"), "_ducdad8149aed82692");
  assert.is(userNameFromPrefix("web"), "web");
});

test("a unit's prefix ends at the first @, else at the last dot", () => {
  assert.is(prefixOfUnit("foo@bar.service"), "foo");
  assert.is(prefixOfUnit("foo@a@b.service"), "foo");
  assert.is(prefixOfUnit("a.b.service"), "a.b");
  assert.is(prefixOfUnit("plain"), "plain");
});

test("the name comes from User=, then --name, then the unit, then the first directory", () => {
  const all = { user: "my.app", name: "n", unit: "u.service", directory: "d" };
  assert.is(userNameOf(all), "my.app");
  assert.is(userNameOf({ ...all, user: undefined }), "n");
  assert.is(userNameOf({ unit: "u.service", directory: "d" }), "u");
  assert.is(userNameOf({ directory: "d" }), "d");
  assert.is(userNameOf({}), undefined);
});

test("names are letters, digits, _ and -, at most 31, and do not begin with a digit or -", () => {
  for (const name of ["a", "_x", "A-1", "a".repeat(31)]) assert.ok(isUserName(name), name);
  for (const name of ["", "1a", "-a", "a.b", "a b", "a\n", "a\0", "é", "a:b", "../x", "a".repeat(32)]) {
    assert.not.ok(isUserName(name), JSON.stringify(name));
  }
});

test.run();
