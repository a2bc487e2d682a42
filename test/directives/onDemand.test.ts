import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Directive } from "../../src/directive.ts";
import { NoNewPrivileges } from "../../src/directives/noNewPrivileges.ts";
import { type DirectiveFile, onDemand } from "../../src/directives.ts";

const row = (name: string, ...aliases: readonly string[]): Directive =>
  ({ ...NoNewPrivileges, name, aliases }) as unknown as Directive;

function twoFiles() {
  const loaded: string[] = [];
  const file = (names: string, rows: readonly Directive[]): DirectiveFile => ({
    names: ` ${names} `,
    load: () => {
      loaded.push(names);
      return rows;
    },
  });
  const [umask, user] = [row("UMask"), row("User", "RunAs")];
  return { loaded, umask, user, directives: onDemand([file("UMask", [umask]), file("User RunAs", [user])]) };
}

test("a file is loaded for the first of its names that is asked for, and once", () => {
  const { loaded, user, directives } = twoFiles();
  assert.is(directives.get("RunAs"), user);
  assert.is(directives.get("User"), user);
  assert.equal(loaded, ["User RunAs"]);
});

test("parts of names and what is unknown load nothing", () => {
  const { loaded, directives } = twoFiles();
  for (const name of ["Mask", "Use", "", "toString"]) assert.is(directives.get(name), undefined);
  assert.equal([...directives.keys()], ["UMask", "User", "RunAs"]);
  assert.equal(loaded, []);
});

test("all of them are there for whoever lists them", () => {
  const { umask, user, directives } = twoFiles();
  assert.equal([...new Set(directives.values())], [umask, user]);
});

test.run();
