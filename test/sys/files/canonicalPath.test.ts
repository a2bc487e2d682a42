import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonicalPath } from "../../../src/sys/files/canonicalPath.ts";

test("what is not there yet keeps its name, however many directories above it are missing", () => {
  for (const path of ["/usr/nothing", "/usr/nothing/below", "/usr/nothing/below/it"])
    assert.is(canonicalPath(path), path);
});

test("a process that has ended has no name at any depth", () => {
  for (const path of ["/proc/0", "/proc/0/fd", "/proc/0/fd/5"])
    assert.throws(() => canonicalPath(path), /nothing there for this process/);
});

test.run();
