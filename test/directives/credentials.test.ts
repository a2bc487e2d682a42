import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Credential } from "../../src/model/action.ts";
import {
  encryptedCredential,
  importedCredentials,
  loadedCredential,
  writtenCredential,
} from "../../src/values/credentials.ts";
import { DYNAMIC, planOf } from "../support/bundles/plan.ts";
import { factsOfImage } from "../support/hosts/facts.ts";
import { parse } from "../support/systemd/reading.ts";

const load = loadedCredential(false);

test("a credential is loaded from a path, or from the stores by its name or another one", () => {
  assert.equal(parse(load, "key:/etc/key"), [
    { name: "key", encrypted: false, from: { kind: "path", path: "/etc/key" } },
  ]);
  assert.equal(parse(load, "key")[0]!.from, { kind: "stored" });
  assert.equal(parse(load, "key:other")[0]!.from, { kind: "pattern", pattern: "other", renamed: true });
});

test("a credential's name is a file name without path components", () => {
  for (const name of ["", "a/b", "..", ".", "ä", "a\u0001"]) assert.throws(() => parse(load, `${name}:/x`), /./, name);
});

test("a literal credential has C escapes, an encrypted one is base64", () => {
  const text = ([credential]: readonly Credential[]) =>
    credential!.from.kind === "text" ? Buffer.from(credential!.from.base64, "base64").toString("latin1") : "";
  assert.is(text(parse(writtenCredential, "k:a\\x20b\\n:c")), "a b\n:c");
  assert.is(text(parse(writtenCredential, "k:\\x00")), "\0");
  assert.is(text(parse(encryptedCredential, "k:YWJj")), "abc");
  assert.throws(() => parse(writtenCredential, "k:\\q"));
  assert.throws(() => parse(encryptedCredential, "k:***"));
});

test("ImportCredential= imports all matching names and can rename them", () => {
  assert.equal(parse(importedCredentials, "web.*")[0]!.from, { kind: "pattern", pattern: "web.*", renamed: false });
  assert.equal(parse(importedCredentials, "web.*:x.")[0], {
    name: "x.",
    encrypted: true,
    from: { kind: "pattern", pattern: "web.*", renamed: true },
  });
});

test("credentials are in one directory of the user, mounted read-only at $CREDENTIALS_DIRECTORY", () => {
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
