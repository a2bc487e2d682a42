import { test } from "uvu";
import * as assert from "uvu/assert";
import { SYSTEMD_RANGE } from "../../src/identity/registry.ts";
import { isInCgroups, mappedRange } from "../../src/start/registry.ts";

test("the UIDs are those of systemd's range that a user namespace has", () => {
  assert.equal(mappedRange(SYSTEMD_RANGE, "         0       1000          1\n         1     100000      65536\n"), {
    first: 61184,
    last: 65519,
  });
  assert.equal(mappedRange(SYSTEMD_RANGE, "0 1000 1\n1 100000 62000\n"), { first: 61184, last: 62000 });
  assert.throws(() => mappedRange(SYSTEMD_RANGE, "0 1000 1\n1 100000 1000\n"), "expected 65536 subordinate IDs");
});

test("a process is in a cgroup that is its own or above it", () => {
  const cgroups = ["/sys/fs/cgroup/machine.slice/libpod-a"];
  assert.ok(isInCgroups("0::/machine.slice/libpod-a\n", cgroups));
  assert.ok(isInCgroups("0::/machine.slice/libpod-a/init.scope\n", cgroups), "as of systemd in a container");
  assert.not(isInCgroups("0::/machine.slice\n", cgroups));
  assert.not(isInCgroups("0::/machine.slice/libpod-b/init.scope\n", cgroups));
  assert.not(isInCgroups("0::/\n", cgroups));
});

test.run();
