import { test } from "uvu";
import * as assert from "uvu/assert";
import { seccompWarnings } from "../../../src/apply/seccomp/warnings.ts";
import type { Edit } from "../../../src/model/edit.ts";
import type { RuntimeFacts } from "../../../src/model/facts.ts";
import { type Filter, KILL } from "../../../src/model/filter.ts";
import type { SeccompAction, Spec } from "../../../src/oci/spec.ts";
import { denying } from "../../support/seccomp/filters.ts";

function specWith(defaultAction: SeccompAction, names: readonly string[], noNewPrivileges = true): Spec {
  const seccomp = { defaultAction, syscalls: [{ names, action: "SCMP_ACT_ALLOW" as const }] };
  return { ociVersion: "1.0.2", process: { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges }, linux: { seccomp } };
}

function warnings(spec: Spec, filter: Filter, name: RuntimeFacts["name"] = "crun"): readonly string[] {
  const runtime = { path: `/usr/bin/${name}`, name, version: "1", idMappedMounts: true };
  const edits: readonly Edit[] = [{ kind: "seccomp", filter }];
  const told = seccompWarnings(spec, edits, { runtime, knowsSystemCall: (call) => call !== "brand_new" });
  return told.map(({ owner, item }) => `${owner}=: ${item}`);
}

const ENGINE = specWith("SCMP_ACT_ERRNO", ["execve", "write", "capset"]);
const filter = (...calls: readonly string[]) => denying("SystemCallFilter", KILL, [{ calls }]);

test("a warning names calls that stay allowed for the runtime with the directive that forbids them", () => {
  const text = (name: string, calls: string) =>
    `SystemCallFilter=: ${name} needs ${calls} to start the container, allowed as the engine has it`;
  assert.equal(warnings(ENGINE, filter("execve", "write")), [text("crun", "execve")]);
  assert.equal(warnings(ENGINE, filter("execve", "write"), "runc"), [text("runc", "execve, write")]);
});

test("a filter that is loaded before the privileges are dropped keeps the calls that drop them", () => {
  assert.equal(warnings(ENGINE, filter("capset")), []);
  assert.match(warnings(specWith("SCMP_ACT_ERRNO", ["capset"], false), filter("capset"))[0]!, /crun needs capset/);
});

test("a warning names forbidden calls that libseccomp does not know where the rest is allowed", () => {
  const text = "SystemCallFilter=: libseccomp of this host does not know brand_new, which stays allowed";
  assert.equal(warnings(specWith("SCMP_ACT_ALLOW", []), filter("mount", "brand_new")), [text]);
  assert.equal(warnings(ENGINE, filter("mount", "brand_new")), []);
});

test.run();
