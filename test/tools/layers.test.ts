import { test } from "uvu";
import * as assert from "uvu/assert";
import { findProblems, scanImports } from "../../src/tools/layers.ts";

const check = (file: string, text: string): readonly string[] => findProblems(scanImports(file, text));

test("an import from a layer above is reported with its line", () => {
  assert.equal(check("src/values/x.ts", 'import { a } from "./a.ts";\nimport { b } from "../host/b.ts";\n'), [
    "src/values/x.ts:2: values imports host (src/host/b.ts)",
  ]);
});

test("imports over several lines, for effect, of types and at run time are seen", () => {
  const text =
    'import {\n  a,\n  type B,\n} from "../host/a.ts";\nimport "../host/b.ts";\nimport type { C } from "../sys/c.ts";\nconst d = await import("../main.ts");\n';
  assert.is(check("src/values/x.ts", text).length, 4);
});

test("only src/sys and the tools reach the system", () => {
  assert.equal(check("src/host/x.ts", 'import { readFileSync } from "node:fs";\n'), [
    "src/host/x.ts:1: host imports node:fs, only src/sys may",
  ]);
  assert.equal(check("src/sys/x.ts", 'import { dlopen } from "bun:ffi";\n'), []);
});

test("nothing that is slow to load is loaded by every start", () => {
  assert.equal(check("src/sys/x.ts", 'import { isatty } from "node:tty";\n'), [
    "src/sys/x.ts:1: node:tty is slow to load",
  ]);
  assert.equal(check("src/tools/x.ts", 'import { tmpdir } from "node:os";\n'), []);
});

test("a circle of files is refused, also one of types alone", () => {
  for (const kind of ["", "type "]) {
    const imports = [
      ...scanImports("src/values/a.ts", 'import { b } from "./b.ts";\n'),
      ...scanImports("src/values/b.ts", `import ${kind}{ a } from "./a.ts";\n`),
    ];
    assert.equal(findProblems(imports), ["cycle: src/values/a.ts -> src/values/b.ts -> src/values/a.ts"]);
  }
});

test("an import of a type counts as one of code does", () => {
  assert.equal(check("src/model/x.ts", 'import type { A } from "../values/a.ts";\n'), [
    "src/model/x.ts:1: model imports values (src/values/a.ts)",
  ]);
});

test("engine/ and run/ never import each other", () => {
  assert.equal(check("src/engine/x.ts", 'import { a } from "../run/a.ts";\n'), [
    "src/engine/x.ts:1: engine imports run (src/run/a.ts)",
  ]);
  assert.equal(check("src/run/x.ts", 'import { a } from "../engine/a.ts";\n'), [
    "src/run/x.ts:1: run imports engine (src/engine/a.ts)",
  ]);
});

test("a file outside the layers is reported", () => {
  assert.equal(check("src/misc/x.ts", 'import { a } from "./a.ts";\n'), ["src/misc/x.ts:1: belongs to no layer"]);
});

test.run();
