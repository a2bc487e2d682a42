import { test } from "uvu";
import * as assert from "uvu/assert";
import { bindSubmounts } from "../../../src/apply/mounts/recursiveBinds.ts";
import type { Mount } from "../../../src/oci/spec.ts";
import { factsOfHost } from "../../support/hosts/facts.ts";

const FACTS = factsOfHost({
  host: { "/dev": "directory", "/dev/shm": "directory", "/dev/pts": "directory", "/data/x": "directory" },
  submounts: ["/dev", "/dev/pts", "/dev/shm", "/data/x"],
  flags: { "/dev/shm": ["nosuid", "nodev"] },
});
const DEV: Mount = { destination: "/dev", type: "bind", source: "/pristine/dev", options: ["rbind", "rnosuid"] };

test("crun 1.8 gets a bind for each mount below a recursive bind, with its flags and those of the bind", () => {
  assert.equal(bindSubmounts([DEV], FACTS), [
    DEV,
    { destination: "/dev/pts", type: "bind", source: "/pristine/dev/pts", options: ["rbind", "rnosuid"] },
    {
      destination: "/dev/shm",
      type: "bind",
      source: "/pristine/dev/shm",
      options: ["rbind", "nosuid", "nodev", "rnosuid"],
    },
  ]);
});

test("a file below a recursive bind gets plain flags, as crun sets recursive ones on directories only", () => {
  const facts = factsOfHost({ host: { "/dev": "directory", "/dev/null": "file" }, submounts: ["/dev", "/dev/null"] });
  assert.equal(bindSubmounts([{ ...DEV, options: ["rbind", "rnosuid", "rro"] }], facts)[1], {
    destination: "/dev/null",
    type: "bind",
    source: "/pristine/dev/null",
    options: ["bind", "nosuid", "ro"],
  });
});

test("a bind that is not recursive, or of files of dynuser itself, stays alone", () => {
  const mounts = [
    { ...DEV, options: ["bind"] },
    { ...DEV, source: "/run/dynuser/world/files/dev" },
  ];
  assert.equal(bindSubmounts(mounts, FACTS), mounts);
});

test("crun 1.9 and runc bind recursively themselves", () => {
  for (const runtime of [
    { name: "crun", version: "1.9" },
    { name: "runc", version: "1.1.5" },
  ] as const) {
    assert.equal(bindSubmounts([DEV], { ...FACTS, runtime: { ...FACTS.runtime, ...runtime } }), [DEV]);
  }
});

test.run();
