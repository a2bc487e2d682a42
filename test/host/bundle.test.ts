import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mayAsk } from "../../src/host/bundle.ts";

const SCRIPT = readFileSync(join(import.meta.dirname, "../../libexec/dynuser"), "utf8");

test("a config may ask for us when it holds what libexec/dynuser looks for, and only then", () => {
  const [line = ""] = /^ *\/bin\/grep .*$/m.exec(SCRIPT) ?? [];
  const signs = [...line.matchAll(/-e (\S+)/g)].map(([, sign = ""]) => sign.replaceAll("'", ""));
  assert.ok(signs.length > 4);
  const directory = mkdtempSync(join(tmpdir(), "dynuser-bundle-"));
  try {
    const isAsking = (text: string) => {
      writeFileSync(join(directory, "config.json"), text);
      return mayAsk(directory);
    };
    for (const sign of signs) assert.ok(isAsking(`{"annotations": {"${sign}x": "y"}}`), sign);
    for (const text of ['{"annotations": {"other/x": "dynuser"}}', "a \\u0026\\u0026 b", "{", ""])
      assert.not(isAsking(text), text);
    rmSync(join(directory, "config.json"));
    assert.not(mayAsk(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
