import { test } from "uvu";
import * as assert from "uvu/assert";
import { harmlessVariables } from "../../src/settings/secretVariables.ts";

test("variables that look like secrets by name or by value are left out", () => {
  const secrets = {
    GITHUB_TOKEN: "1",
    AWS_ACCESS_KEY_ID: "1",
    DB_PASSWORD: "1",
    apiKey: "1",
    SSH_AUTH_SOCK: "/tmp/a",
    SIGNING_KEY: "1",
    DATABASE_URL: "x",
    REMOTE: "https://user:word@host/",
    TEXT: "-----BEGIN OPENSSH PRIVATE KEY-----",
    NAME: "ghp_0123456789",
    BEARER: "eyJhbGciOi.x",
  };
  assert.equal(harmlessVariables(secrets), []);
});

test("variables of the session and of the program loader are left out", () => {
  assert.equal(harmlessVariables({ HOME: "/root", XDG_RUNTIME_DIR: "/run", LD_PRELOAD: "x", "a.b": "1", _: "x" }), []);
});

test("others are passed", () => {
  const harmless = { EDITOR: "vi", LANG: "C.UTF-8", PATH: "/bin", TERM: "xterm", HTTPS_URL: "https://host/a:b" };
  assert.equal(harmlessVariables(harmless), Object.keys(harmless).sort());
});

test.run();
