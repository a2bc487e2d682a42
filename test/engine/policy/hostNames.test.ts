import { test } from "uvu";
import * as assert from "uvu/assert";
import { ENGINE_DIRECTORY } from "../../../src/engine/engineStorage.ts";
import { POD_DIRECTORY } from "../../../src/engine/podStorage.ts";
import { isReadByHost } from "../../../src/engine/policy/hostNames.ts";
import { STATE_DIRECTORY } from "../../../src/model/paths.ts";

test("no container gets dynuser's own directories, nor those of other containers", () => {
  const own = STATE_DIRECTORY.split("/").at(-1)!;
  for (const name of [own, POD_DIRECTORY, ENGINE_DIRECTORY]) {
    assert.ok(isReadByHost(name), name);
    assert.ok(isReadByHost(`${name}/web`), name);
  }
});

test("a directory of the host's programs is found by its first part, drop-ins by any", () => {
  for (const name of ["systemd", "dbus/x", "web/tmpfiles.d"]) assert.ok(isReadByHost(name), name);
  for (const name of ["web", "web/systemd", "dynuser-web"]) assert.not.ok(isReadByHost(name), name);
});

test.run();
