import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import { holdAgainstSystemd } from "../../support/systemd/comparison.ts";

const paths = globSync(join(import.meta.dirname, "units/*.service")).sort();
holdAgainstSystemd(
  test,
  paths.map((path) => ({ path, text: readFileSync(path, "utf8") })),
);

test.run();
