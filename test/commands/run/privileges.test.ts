import { test } from "uvu";
import * as assert from "uvu/assert";
import { editsFor } from "../../../src/commands/run/privileges.ts";
import { makePlan } from "../../../src/plan.ts";
import type { Privileges } from "../../../src/values/commandLine.ts";
import { contextOf, DYNAMIC } from "../../support/plan.ts";

const SETTINGS = [
  "DynamicUser=yes",
  "UMask=0077",
  "LimitNOFILE=100",
  "PrivateNetwork=yes",
  "PrivatePIDs=yes",
  "TemporaryFileSystem=/srv",
  "LockPersonality=yes",
].join("\n");

function kinds(privileges: Privileges): readonly string[] {
  const plan = makePlan(contextOf(SETTINGS, { identity: DYNAMIC }));
  const edits = editsFor(privileges, plan, DYNAMIC);
  return [...new Set(edits.map((edit) => (edit.kind === "namespace" ? `namespace ${edit.type}` : edit.kind)))].sort();
}

test("without a prefix everything is for a command", () => {
  const plan = makePlan(contextOf(SETTINGS, { identity: DYNAMIC }));
  assert.equal(
    editsFor("service", plan, DYNAMIC),
    plan.edits.map(({ item }) => item),
  );
});

test("with ! it is root, in the groups of the user, with all the rest", () => {
  assert.equal(
    kinds("keepUser"),
    kinds("service").filter((kind) => kind !== "capabilities"),
  );
  const user = editsFor("keepUser", makePlan(contextOf(SETTINGS, { identity: DYNAMIC })), DYNAMIC).at(-1);
  assert.equal(user, { kind: "user", uid: 0, gid: 0, additionalGids: [DYNAMIC.gid] });
});

test("with + nothing is taken away", () => {
  assert.equal(kinds("full"), ["environment", "namespace network", "path", "process", "user"]);
  const edits = editsFor("full", makePlan(contextOf(SETTINGS, { identity: DYNAMIC })), DYNAMIC);
  assert.equal(
    edits.filter((edit) => edit.kind === "path").map(({ path }) => path),
    ["/srv"],
  );
  assert.equal(
    edits.flatMap((edit) => (edit.kind === "process" ? [edit.field] : [])),
    ["umask"],
  );
});

test.run();
