import { test } from "uvu";
import * as assert from "uvu/assert";
import { readOptions } from "../../../src/console/options.ts";
import { RUN_OPTIONS } from "../../../src/run/request/options.ts";
import { readRequest } from "../../../src/run/request/request.ts";

const request = (...args: readonly string[]) => readRequest(readOptions(RUN_OPTIONS, args));

test("options become settings in their order, and the rest is the command", async () => {
  const { settings, argv, problems } = await request("-p", "UMask=0077", "-p", "User=web", "--", "id", "-u");
  assert.equal(
    settings.map(({ name, value }) => [name, value]),
    [
      ["UMask", "0077"],
      ["User", "web"],
    ],
  );
  assert.equal(argv, ["id", "-u"]);
  assert.equal(problems, []);
});

test("all unreadable options are reported together", async () => {
  const { settings, problems } = await request(
    "--unit",
    "/nowhere/x.service",
    "-p",
    "bad",
    "-p",
    "User=web",
    "-p",
    "=worse",
  );
  assert.equal(problems, [
    'cannot read "/nowhere/x.service": found no such unit, expected a unit file, or the template of an instance (--unit)',
    'cannot read -p: found "bad", expected Name=Value',
    'cannot read -p: found "=worse", expected Name=Value',
  ]);
  assert.equal(
    settings.map(({ name }) => name),
    ["User"],
  );
});

test.run();
