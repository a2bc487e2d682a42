import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "uvu";
import { holdAgainstSystemd } from "./comparison.ts";
import { randomUnit } from "./randomUnits.ts";

/** Seeds `from`, `from` + 1 … make the units; DYNUSER_SEED puts another number in the place of `from`. */
export function holdRandomUnits(test: Test, { from, units }: { readonly from: number; readonly units: number }): void {
  const first = Number(process.env["DYNUSER_SEED"] ?? from);
  console.log(`seeds ${first} to ${first + units - 1}`);
  const directory = mkdtempSync(join(tmpdir(), "dynuser-units-"));
  test.after(() => rmSync(directory, { recursive: true }));
  const files = Array.from({ length: units }, (_, index) => {
    const file = { path: join(directory, `seed-${first + index}.service`), text: randomUnit(first + index) };
    writeFileSync(file.path, file.text);
    return file;
  });
  holdAgainstSystemd(test, files);
}
