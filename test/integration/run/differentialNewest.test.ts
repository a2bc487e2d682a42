import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import { treeOf } from "../../support/hosts/roots.ts";
import { holdAgainstSystemd } from "../../support/systemd/comparison.ts";

/* The same units as in differential.test.ts, held against the systemd of the newest Debian. */

const paths = globSync(join(import.meta.dirname, "units/*.service")).sort();
holdAgainstSystemd(
  test,
  paths.map((path) => ({ path, text: readFileSync(path, "utf8") })),
  { tree: treeOf("sid") },
);

test.run();
