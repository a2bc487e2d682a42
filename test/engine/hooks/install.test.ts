import { test } from "uvu";
import * as assert from "uvu/assert";
import { addHooks } from "../../../src/engine/hooks/install.ts";

const PLACES = {
  program: "/usr/bin/dynuser",
  key: "run:crun:web",
  init: "/run/dynuser/containers/run:crun:web/init",
  environment: { PATH: "/usr/bin:/bin" },
  stage: "createRuntime",
} as const;

test("the container's own hooks come after the engine's, with their environment and nothing else's", () => {
  const engine = { path: "/usr/bin/engine-hook" };
  const { hooks } = addHooks({ ociVersion: "1.0.2", hooks: { createRuntime: [engine], prestart: [engine] } }, PLACES);
  assert.equal(
    hooks?.createRuntime?.map(({ path }) => path),
    ["/usr/bin/engine-hook", "/bin/sed"],
  );
  assert.equal(hooks?.prestart, [engine]);
  assert.equal(hooks?.poststop, [
    { path: "/usr/bin/dynuser", args: ["dynuser", "release", PLACES.key], env: ["PATH=/usr/bin:/bin"] },
  ]);
});

test("only a runtime that can wait for a hook gets a time limit", () => {
  const { hooks } = addHooks({ ociVersion: "1.0.2" }, { ...PLACES, timeoutSeconds: 60 });
  assert.equal(
    hooks?.createRuntime?.map(({ timeout }) => timeout),
    [60],
  );
});

test("an engine that calls us itself at the end needs no hook for it", () => {
  const { hooks } = addHooks({ ociVersion: "1.0.2" }, { ...PLACES, engineReportsExit: true });
  assert.equal(Object.keys(hooks!), ["createRuntime"]);
});

test("where the runtime's own state has the init, no program runs at the start", () => {
  const { init: _, ...places } = PLACES;
  assert.equal(Object.keys(addHooks({ ociVersion: "1.0.2" }, places).hooks!), ["poststop"]);
});

test.run();
