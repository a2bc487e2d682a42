import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { didYouMean } from "../../src/values/suggestion.ts";

const meant = (text: string, words: Iterable<string> = DIRECTIVES.keys()) =>
  /did you mean (.*)\?$/.exec(didYouMean(text, words))?.[1];

const NEAR: readonly (readonly [typed: string, meant: string])[] = [
  ["ProtectSytem", "ProtectSystem"],
  ["protectsystem", "ProtectSystem"],
  ["NoNewPrivs", "NoNewPrivileges"],
  ["NoNewPriv", "NoNewPrivileges"],
  ["readonly", "ReadOnlyPaths"],
  ["NewPriv", "NoNewPrivileges"],
  ["StateDir", "StateDirectory"],
  ["AmbientCaps", "AmbientCapabilities"],
];
for (const [typed, expected] of NEAR)
  test(`${typed} means ${expected}`, () => {
    assert.is(meant(typed), expected);
  });

test("a word that resembles none has no suggestion, nor one that begins as a whole family does", () => {
  for (const typed of ["Foo", "Ex", "", "ProtectFoo", "MemoryBogus", "Sandbox"])
    assert.is(meant(typed), undefined, typed);
});

test("options and names of capabilities are known by a part", () => {
  assert.is(meant("--net", ["--network", "--name", "--allow-net"]), "--network");
  assert.is(meant("net_admin", ["CAP_NET_RAW", "CAP_NET_ADMIN"]), "CAP_NET_ADMIN");
  assert.is(meant("--", ["--network"]), undefined);
});

test.run();
