import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEdits } from "../../../src/apply/apply.ts";
import { addCompiledFilter, PROGRAM } from "../../../src/apply/seccomp/compiledFilter.ts";
import { joinFilters } from "../../../src/apply/seccomp/filters.ts";
import { memoize } from "../../../src/host/cache/resultCache.ts";
import type { Edit } from "../../../src/model/edit.ts";
import type { Facts } from "../../../src/model/facts.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { factsOfImage } from "../../support/hosts/facts.ts";
import { denying } from "../../support/seccomp/filters.ts";

const ENGINE: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [{ names: ["read", "uname"], action: "SCMP_ACT_ALLOW" }],
};
const PROCESS = { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges: true };
const SPEC: Spec = { ociVersion: "1.0.2", process: PROCESS, linux: { seccomp: ENGINE } };
const FILTER: Edit = {
  kind: "seccomp",
  filter: denying("SystemCallFilter", { action: "errno", errno: 1 }, [{ calls: ["uname"] }]),
};
const PROGRAMS = ["first", "second", "third"];

/** Facts whose libseccomp gives another program each time, and the profiles that it was given. */
function counting(edition = "1", cache?: string) {
  const given: Seccomp[] = [];
  const facts = factsOfImage();
  const compiling: Facts = {
    ...facts,
    runtime: { ...facts.runtime, libseccomp: { path: "/lib/libseccomp.so.2", edition } },
    compileFilter: (seccomp) => PROGRAMS[given.push(seccomp) - 1],
    ...(cache !== undefined && { memoize: memoize(cache) }),
  };
  return { facts: compiling, given };
}

function compile(spec: Spec, edits: readonly Edit[], facts: Facts): Spec {
  return addCompiledFilter(applyEdits(spec, edits, facts), joinFilters(spec, edits, facts), facts);
}

function programOf(spec: Spec, edits: readonly Edit[] = [FILTER], facts = counting().facts): string | undefined {
  return compile(spec, edits, facts).annotations?.[PROGRAM];
}

test("the program of the profile that is in the config goes along, and the profile stays", () => {
  for (const edits of [[], [FILTER]]) {
    const { facts, given } = counting();
    const spec = compile(SPEC, edits, facts);
    assert.ok(PROGRAMS.includes(spec.annotations?.[PROGRAM] ?? ""));
    assert.equal(given.at(-1), spec.linux?.seccomp);
    assert.equal(spec.linux?.seccomp, applyEdits(SPEC, edits, facts).linux?.seccomp);
  }
});

test("without a profile there is no program", () => {
  assert.is(programOf({ ...SPEC, linux: {} }, []), undefined);
});

test("crun compiles itself what it would do more with, and where libseccomp cannot be had", () => {
  const profile = (more: Partial<Seccomp>) => ({ ...SPEC, linux: { seccomp: { ...ENGINE, ...more } } });
  const notify = [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }] as const;
  for (const edits of [[], [FILTER]]) {
    assert.is(programOf(profile({ syscalls: notify }), edits), undefined);
    assert.is(programOf(profile({ listenerPath: "/run/x" }), edits), undefined);
    assert.is(programOf(profile({ listenerMetadata: "x" }), edits), undefined);
    for (const name of ["seccomp_fail_unknown_syscall", "seccomp.receiver", "seccomp.plugins"]) {
      assert.is(programOf({ ...SPEC, annotations: { [`run.oci.${name}`]: "1" } }, edits), undefined, name);
    }
    assert.is(programOf(SPEC, edits, factsOfImage()), undefined);
    assert.is(programOf(SPEC, edits, { ...counting().facts, compileFilter: () => undefined }), undefined);
  }
});

test("a program is compiled once, and again for another profile or another libseccomp", () => {
  const cache = mkdtempSync(join(tmpdir(), "dynuser-compiled-"));
  for (const edits of [[], [FILTER]]) {
    const program = programOf(SPEC, edits, counting("1", cache).facts);
    const { facts, given } = counting("1", cache);
    assert.is(programOf(SPEC, edits, facts), program);
    assert.is(given.length, 0);
    const other = { ...SPEC, linux: { seccomp: { ...ENGINE, flags: ["SECCOMP_FILTER_FLAG_LOG"] } } };
    programOf(other, edits, facts);
    assert.is(given.length, 1);
    const later = counting("2", cache);
    programOf(SPEC, edits, later.facts);
    assert.is(later.given.length, 1);
  }
  rmSync(cache, { recursive: true });
});

test("another program stays where dynuser forbids nothing, and is refused where it would replace a filter", () => {
  const annotations = { [PROGRAM]: "theirs" };
  const spec = { ...SPEC, annotations };
  assert.is(programOf(spec, []), "theirs");
  assert.throws(
    () => applyEdits(spec, [FILTER], factsOfImage()),
    'cannot forbid system calls (SystemCallFilter=): found annotation "run.oci.seccomp_bpf_data"',
  );
  const facts = factsOfImage();
  const runc: Facts = { ...facts, runtime: { ...facts.runtime, name: "runc" } };
  assert.is(programOf(spec, [FILTER], runc), "theirs");
});

test.run();
