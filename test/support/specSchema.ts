import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import * as assert from "uvu/assert";
import type { Spec } from "../../src/oci/spec.ts";

/** The official schema, from Debian's golang-github-opencontainers-specs-dev. */
const DIRECTORY = "/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema";
const PARTS = ["config-linux", "config-solaris", "config-vm", "config-windows", "config-zos", "defs", "defs-linux", "defs-vm", "defs-windows", "defs-zos"];

/**
 * Members of the specification 1.2 and later, which the schema of Debian 12 (1.0.2) does not describe; it allows them,
 * since the specification wants unknown members to be ignored.
 */
export function assertValidSpec(spec: Spec): void {
  const validate = specValidator();
  const problems = validate(plain(spec)) ? [] : (validate.errors ?? []);
  assert.equal(problems.map(({ instancePath, message }) => `${instancePath} ${message}`), []);
}

function specValidator(): ValidateFunction {
  // Draft 4 in words that ajv knows as well, but for `id` and formats of its own.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const part of PARTS) ajv.addSchema(readSchema(part), `${part}.json`);
  return ajv.compile(readSchema("config-schema"));
}

function readSchema(name: string): object {
  const { id: _id, $schema: _draft, ...schema } = JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), "utf8"));
  return { $id: `${name}.json`, ...schema };
}

/** As a runtime would read it: big numbers are numbers. */
function plain(spec: Spec): unknown {
  return JSON.parse(JSON.stringify(spec, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
}
