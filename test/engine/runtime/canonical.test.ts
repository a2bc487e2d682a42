import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRuntimeArguments } from "../../../src/engine/runtime/arguments.ts";
import { canonicalWords, quoteForShell } from "../../../src/engine/runtime/canonical.ts";
import type { RuntimeName } from "../../../src/engine/runtime/options.ts";

function canonical(line: string, runtime: RuntimeName = "runc", places = {}): string {
  const call = parseRuntimeArguments(line.split(" "), runtime);
  return canonicalWords(call, { root: "/r", ...places }).join(" ");
}

test("a call is written so that every version of both runtimes reads it alike", () => {
  const bundle = { bundle: "/b" };
  assert.is(
    canonical("--log l --root x create c -bundle=y --no-pivot=true --pid-file p", "runc", bundle),
    "--log=l --root=/r create --no-pivot --pid-file=p --bundle=/b -- c",
  );
  assert.is(
    canonical("--log-f json run -dbundle -f own.json c", "crun", { config: "/own.json", ...bundle }),
    "--log-format=json --root=/r run --detach --config=/own.json --bundle=/b -- c",
  );
  assert.is(
    canonical("run --detach --detach=false --pid-file a --pid-file b c", "runc", bundle),
    "--root=/r run --pid-file=b --bundle=/b -- c",
  );
  assert.is(canonical("create c --root=x --log=l", "runc", bundle), "--log=l --root=/r create --bundle=/b -- c");
});

test("what a process file has is not said a second time", () => {
  assert.is(
    canonical("exec -e A=1 -t -u 0 --detach --cgroup a --cgroup b c sh -c id", "runc", { process: "/p" }),
    "--root=/r exec --detach --cgroup=a --cgroup=b --process=/p -- c",
  );
  assert.is(canonical("exec -e A=1 -e B=2 c sh -c id"), "--root=/r exec --env=A=1 --env=B=2 -- c sh -c id");
});

test("a call that only prints starts nothing in its canonical form either", () => {
  assert.is(canonical("create -h -b B c"), "--help");
  assert.is(canonical("--version run c", "crun"), "--version");
});

test("a shell reads back every word", () => {
  const words = ["a b", "it's", '$(id) `id` \\ " *', "line\nline\n", "", "-x", "ü"];
  const script = `newline='\n'; eval "set -- ${quoteForShell(words).replaceAll(/["$`\\]/g, "\\$&")}"; printf '%s\\0' "$@"`;
  assert.not(quoteForShell(words).includes("\n"));
  assert.equal(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1), words);
});

test.run();
