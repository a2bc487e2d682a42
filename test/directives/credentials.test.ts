import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Credential } from "../../src/action.ts";
import {
  encryptedCredential,
  importedCredentials,
  loadedCredential,
  writtenCredential,
} from "../../src/values/credentials.ts";
import { factsOfImage } from "../support/facts.ts";
import { DYNAMIC, planOf } from "../support/plan.ts";
import { parse } from "../support/reading.ts";

const load = loadedCredential(false);

test("a secret is loaded from a path, from the stores under its own name or under another", () => {
  assert.equal(parse(load, "key:/etc/key"), [
    { name: "key", encrypted: false, from: { kind: "path", path: "/etc/key" } },
  ]);
  assert.equal(parse(load, "key")[0]!.from, { kind: "stored" });
  assert.equal(parse(load, "key:other")[0]!.from, { kind: "pattern", pattern: "other", renamed: true });
});

test("names are those of files, and pieces that would lead elsewhere are none", () => {
  for (const name of ["", "a/b", "..", ".", "ä", "a\u0001"]) assert.throws(() => parse(load, `${name}:/x`), /./, name);
});

test("a written secret has C escapes, an encrypted one is base64", () => {
  const text = ([credential]: readonly Credential[]) =>
    credential!.from.kind === "text" ? Buffer.from(credential!.from.base64, "base64").toString("latin1") : "";
  assert.is(text(parse(writtenCredential, "k:a\\x20b\\n:c")), "a b\n:c");
  assert.is(text(parse(writtenCredential, "k:\\x00")), "\0");
  assert.is(text(parse(encryptedCredential, "k:YWJj")), "abc");
  assert.throws(() => parse(writtenCredential, "k:\\q"));
  assert.throws(() => parse(encryptedCredential, "k:***"));
});

test("everything that matches a pattern is imported, under other names if wanted", () => {
  assert.equal(parse(importedCredentials, "web.*")[0]!.from, { kind: "pattern", pattern: "web.*", renamed: false });
  assert.equal(parse(importedCredentials, "web.*:x.")[0], {
    name: "x.",
    encrypted: true,
    from: { kind: "pattern", pattern: "web.*", renamed: true },
  });
});

test("all of them are one directory of the user's, shown read-only and named by a variable", () => {
  const settings = "SetCredential=b:1\nLoadCredential=a:/etc/a\nLoadCredential=b:/etc/b";
  const situation = { identity: DYNAMIC, facts: factsOfImage() };
  const changes = planOf("LoadCredential", settings, situation);
  assert.equal(planOf("SetCredential", settings, situation), []);
  const action = changes.find((change) => change.kind === "credentials");
  assert.ok(action?.kind === "credentials");
  assert.equal(
    action.credentials.map(({ name }) => name),
    ["a", "b", "b"],
  );
  assert.equal(action.owner, { uid: DYNAMIC.uid, gid: DYNAMIC.gid });
  assert.ok(changes.some((change) => change.kind === "path" && change.path === "/run/credentials/web.service"));
  const variables = { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" };
  assert.equal(
    changes.filter(({ kind }) => kind === "environment"),
    [{ kind: "environment", layer: "directories", variables }],
  );
});

test.run();
