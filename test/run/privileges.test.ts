import { test } from "uvu";
import * as assert from "uvu/assert";
import { editsOf, makePlan } from "../../src/model/plan.ts";
import { selectEdits } from "../../src/run/privileges.ts";
import type { Privileges } from "../../src/values/commandLine.ts";
import { contextOf, DYNAMIC } from "../support/bundles/plan.ts";

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
  const edits = selectEdits(privileges)(plan, DYNAMIC);
  return [...new Set(edits.map((edit) => (edit.kind === "namespace" ? `namespace ${edit.type}` : edit.kind)))].sort();
}

test("a command without a prefix has all edits", () => {
  const plan = makePlan(contextOf(SETTINGS, { identity: DYNAMIC }));
  assert.equal(selectEdits("service")(plan, DYNAMIC), editsOf(plan.edits));
});

test("a command with ! is root in the groups of the user, in the sandbox", () => {
  assert.equal(
    kinds("keepUser"),
    kinds("service").filter((kind) => kind !== "capabilities"),
  );
  const user = selectEdits("keepUser")(makePlan(contextOf(SETTINGS, { identity: DYNAMIC })), DYNAMIC).at(-1);
  assert.equal(user, { kind: "user", uid: 0, gid: 0, additionalGids: [DYNAMIC.gid] });
});

test("a command with + has no restrictions", () => {
  assert.equal(kinds("full"), ["environment", "namespace network", "path", "process", "user"]);
  const edits = selectEdits("full")(makePlan(contextOf(SETTINGS, { identity: DYNAMIC })), DYNAMIC);
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
