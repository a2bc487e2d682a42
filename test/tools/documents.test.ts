import Ajv from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { formatDirectiveTable } from "../../src/tools/directiveTable.ts";
import { formatProfileSchema } from "../../src/tools/profileSchema.ts";

const rows = [...new Set(DIRECTIVES.values())];
const validate = new Ajv().compile(JSON.parse(formatProfileSchema(rows)));

test("the schema takes what a profile may hold", () => {
  const profile = "DynamicUser: yes\nUMask: 0077\nReadWritePaths: [/a, /b]\nLimitNOFILE: 1024\nEnvironment:\n";
  assert.ok(validate(parse(profile)), JSON.stringify(validate.errors));
});

test("the schema refuses unknown directives, mappings and lists of lists", () => {
  for (const profile of ["Nonsense: 1", "User: { a: b }", "User: [[a]]", "- a"])
    assert.not(validate(parse(profile)), profile);
});

test("the table has a line for each directive, with its bars escaped", () => {
  const table = formatDirectiveTable(rows);
  for (const row of rows) assert.ok(table.includes(`| \`${row.name}=\` |`), row.name);
  for (const line of table.split("\n").filter((one) => one.startsWith("|"))) {
    assert.is(line.replaceAll("\\|", "").split("|").length, 9, line);
  }
});

test.run();
