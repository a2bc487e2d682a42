import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ESCAPES,
  mentionsDynuser,
  readBundle,
  replaceConfig,
  restoreConfig,
} from "../../../src/engine/request/bundle.ts";
import type { Spec } from "../../../src/oci/spec.ts";
import { fillScript } from "../../../src/tools/trampoline.ts";

const bundles = suite<{ directory: string; config: string }>("bundle");

bundles.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), "dynuser-bundle-"));
  context.config = join(context.directory, "config.json");
});
bundles.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const SPEC = {
  ociVersion: "1.0.2",
  process: {
    user: { uid: 0, gid: 0 },
    cwd: "/",
    args: ["a"],
    env: ["A=1"],
    capabilities: { bounding: ["CAP_KILL", "CAP_CHOWN"] },
  },
  mounts: [{ destination: "/proc" }],
  annotations: { "dynuser/DynamicUser": "yes" },
} as const;

const PREPARED = {
  ...SPEC,
  process: { ...SPEC.process, user: { uid: 63404, gid: 63404 }, capabilities: { bounding: ["CAP_CHOWN"] } },
  mounts: [{ destination: "/proc" }, { destination: "/var/lib/private" }],
};

function prepare(directory: string, config: string): void {
  writeFileSync(config, JSON.stringify(SPEC, null, 1));
  replaceConfig(readBundle(directory)!, PREPARED as unknown as Spec, "run:crun:c");
}

function edit(config: string, change: (spec: typeof PREPARED) => object): void {
  writeFileSync(config, JSON.stringify(change(JSON.parse(readFileSync(config, "utf8")) as typeof PREPARED), null, 2));
}

bundles("a config may ask for something when it holds what the script looks for, and only then", () => {
  const script = fillScript(readFileSync(join(import.meta.dirname, "../../../libexec/dynuser"), "utf8"));
  const [line = ""] = /^ *\/bin\/grep .*$/m.exec(script) ?? [];
  assert.equal(
    [...line.matchAll(/-e '(\S+)'/g)].map(([, sign]) => sign),
    ESCAPES,
  );
  for (const sign of ESCAPES) assert.ok(mentionsDynuser(`{"annotations": {"${sign}x": "y"}}`), sign);
  for (const text of ['{"annotations": {"other/x": "dynuser"}}', "a \\u0026\\u0026 b", "{", ""])
    assert.not(mentionsDynuser(text), text);
});

bundles("of a prepared config the engine's own one is read", ({ directory, config }) => {
  prepare(directory, config);
  const { spec, isPrepared } = readBundle(directory)!;
  assert.equal(spec, SPEC);
  assert.ok(isPrepared);
});

bundles("what was edited in a prepared config counts, what was prepared does not", ({ directory, config }) => {
  prepare(directory, config);
  edit(config, (spec) => ({
    ...spec,
    hostname: "new",
    process: { ...spec.process, args: ["b"], capabilities: { bounding: ["CAP_CHOWN", "CAP_FOWNER"] } },
    mounts: [...spec.mounts, { destination: "/data" }],
  }));
  const { spec } = readBundle(directory)!;
  assert.equal(spec, {
    ...SPEC,
    hostname: "new",
    process: { ...SPEC.process, args: ["b"], capabilities: { bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_FOWNER"] } },
    mounts: [...SPEC.mounts, { destination: "/data" }],
  });
});

bundles("an edit counts at each later start too", ({ directory, config }) => {
  prepare(directory, config);
  edit(config, (spec) => ({ ...spec, hostname: "new" }));
  replaceConfig(readBundle(directory)!, PREPARED as unknown as Spec, "run:crun:c");
  assert.is(readBundle(directory)!.spec.hostname, "new");
});

bundles("the engine's config comes back whole, and nothing stays beside it", ({ directory, config }) => {
  prepare(directory, config);
  restoreConfig(config);
  assert.is(readFileSync(config, "utf8"), JSON.stringify(SPEC, null, 1));
  assert.equal(readdirSync(directory), ["config.json"]);
});

bundles("neither an edited config nor a new one is replaced by the engine's", ({ directory, config }) => {
  for (const change of [
    (spec: typeof PREPARED) => ({ ...spec, hostname: "new" }),
    () => ({ ...SPEC, hostname: "new" }),
  ]) {
    prepare(directory, config);
    edit(config, change);
    const text = readFileSync(config, "utf8");
    restoreConfig(config);
    assert.is(readFileSync(config, "utf8"), text);
  }
});

bundles("a prepared config without the engine's is refused", ({ directory, config }) => {
  prepare(directory, config);
  rmSync(join(directory, "config.dynuser-original.json"));
  assert.throws(() => readBundle(directory), "it has been prepared already");
});

bundles.run();
