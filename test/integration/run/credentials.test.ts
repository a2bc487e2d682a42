import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser, RUNTIMES } from "../../support/hosts/dynuser.ts";

/** A host with systemd has it; elsewhere it is a mount point that stays. */
const PLACE = "/run/credentials";
const wasThere = existsSync(PLACE);
let directory: string;

test.before(() => {
  directory = mkdtempSync("/run/credentials-of-a-test-");
  mkdirSync(`${directory}/tree/below`, { recursive: true });
  writeFileSync(`${directory}/tree/one`, "1");
  writeFileSync(`${directory}/tree/below/two`, Buffer.from([0, 255]));
  writeFileSync(`${directory}/large`, Buffer.alloc(1024 * 1024));
});

test.after(() => {
  rmSync(directory, { recursive: true, force: true });
  if (!wasThere) rmdirSync(PLACE);
});

const run = (runtime: string, settings: readonly string[], script: string) =>
  dynuser([
    "run",
    ...["--runtime", runtime, "--name", "secrets"],
    ...["DynamicUser=yes", ...settings].flatMap((setting) => ["-p", setting]),
    ...["--", "sh", "-c", script],
  ]);

for (const runtime of RUNTIMES) {
  test(`only the service reads its credentials, and they are removed at its end (${runtime})`, () => {
    const { output, errors } = run(
      runtime,
      [`LoadCredential=tree:${directory}/tree`, "SetCredential=written:a\\x20b", "SetCredential=tree_one:unused"],
      'cd "$CREDENTIALS_DIRECTORY" && pwd && stat -c "%a %U" . && stat -c "%n %a %U %s" * && cat tree_one written && ! touch x 2>/dev/null',
    );
    assert.is(
      output,
      [
        "/run/credentials/secrets.service",
        "500 secrets",
        "tree_below_two 400 secrets 2",
        "tree_one 400 secrets 1",
        "written 400 secrets 3",
        "1a b",
      ].join("\n"),
      errors,
    );
    assert.equal(readdirSync("/run/dynuser/credentials"), []);
  });

  test(`a missing or too large credential prevents the start (${runtime})`, () => {
    const missing = run(runtime, [`LoadCredential=key:${directory}/none`], "echo started");
    assert.is(missing.code, 125);
    assert.is(missing.output, "");
    assert.match(missing.errors, /cannot load the credential key: found nothing at ".*none" on the host/);
    const large = run(runtime, [`LoadCredential=key:${directory}/large`], "echo started");
    assert.match(large.errors, /found more than 1048576 bytes of credentials, expected less/);
    assert.equal(readdirSync("/run/dynuser/credentials"), []);
  });
}

test.run();
