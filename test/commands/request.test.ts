import { test } from "uvu";
import * as assert from "uvu/assert";
import { readOptions } from "../../src/commands/options.ts";
import { RUN_OPTIONS, readRequest } from "../../src/commands/request.ts";

const request = (...args: readonly string[]) => readRequest(readOptions("run", RUN_OPTIONS, args));

test("flags become settings in their order, what follows is the command", async () => {
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

test("everything that cannot be read is told, and does not hide the rest", async () => {
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
    'cannot read "/nowhere/x.service": found nothing there, expected a unit file, or the template of an instance (--unit)',
    'cannot read -p: found "bad", expected Name=Value',
    'cannot read -p: found "=worse", expected Name=Value',
  ]);
  assert.equal(
    settings.map(({ name }) => name),
    ["User"],
  );
});

test.run();
