import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openTestHost } from "../hosts/testHost.ts";
import { PARSERS } from "./runtimes.ts";

const SCRIPT = join(import.meta.dirname, "../../../libexec/dynuser");
const DRIVER = join(import.meta.dirname, "fuzzArguments.ts");
/** A call into a test host may take two minutes. */
const BATCH = 500;

/** Random calls of a runtime; see fuzzArguments.ts. Returns how many of them took which way. */
export async function fuzzArguments(
  title: string,
  count: number,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  const { name, program, install } = PARSERS.find((one) => one.title === title)!;
  const testHost = await openTestHost("with roots");
  // calls name ../../run, which has to be in the test host's directory
  const directory = join(testHost.directory, "calls");
  try {
    mkdirSync(directory);
    install(testHost);
    mkdirSync(join(directory, "libexec"));
    copyFileSync(SCRIPT, join(directory, "libexec", name));
    writeFileSync(join(directory, "dynuser"), `#!/bin/sh\necho "$*" >>${directory}/called\nexit 125\n`);
    for (const path of ["dynuser", `libexec/${name}`]) chmodSync(join(directory, path), 0o755);
    testHost.sh(
      `for place in ${directory}/top /run/${name}; do mkdir -p $place; mount -t tmpfs -o strictatime tmpfs $place; done`,
    );
    const totals: Record<string, number> = {};
    for (let done = 0; done < count; done += BATCH) {
      const batch = [String(Math.min(BATCH, count - done)), String(seed + done)];
      testHost.sh(`rm -rf /run/dynuser /run/${name}/*`);
      const { stdout, stderr } = testHost.run(
        [process.execPath, DRIVER, name, program, join(directory, "libexec", name), ...batch],
        { cwd: directory },
      );
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.slice(0, -1), [], `seed ${batch[1]}`);
      assert.match(lines[0]!, /^\{/, stderr);
      for (const [way, times] of Object.entries(JSON.parse(lines[0]!)))
        totals[way] = (totals[way] ?? 0) + Number(times);
    }
    return totals;
  } finally {
    await testHost.close();
  }
}
