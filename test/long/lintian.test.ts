import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { version } from "../../package.json";

const ROOT = join(import.meta.dirname, "../..");
const DEBIAN = { x64: "amd64", arm64: "arm64" }[process.arch as "x64" | "arm64"];

test("lintian finds nothing wrong with the package for Debian", () => {
  const packaged = spawnSync("npm", ["run", "package"], { cwd: ROOT, encoding: "utf8" });
  assert.is(packaged.status, 0, packaged.stderr);
  const file = join(ROOT, `dist/dynuser_${version}_${DEBIAN}.deb`);
  const { status, stdout } = spawnSync("lintian", ["--allow-root", "--fail-on", "warning", file], { encoding: "utf8" });
  assert.is(status, 0, stdout);
});

test.run();
