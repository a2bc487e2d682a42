import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import * as assert from "uvu/assert";
import type { Spec } from "../../../src/oci/spec.ts";

/** The official schema, from Debian's golang-github-opencontainers-specs-dev. */
const DIRECTORY = "/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema";
const PARTS = [
  "config-linux",
  "config-solaris",
  "config-vm",
  "config-windows",
  "config-zos",
  "defs",
  "defs-linux",
  "defs-vm",
  "defs-windows",
  "defs-zos",
];

/** Missing in the schema; both runtimes know them, and podman and containerd write them. */
const RECURSIVE_PROPAGATIONS = ["rprivate", "rshared", "rslave", "runbindable"];

/** Fails unless the official schema allows the spec. */
export function assertValidSpec(spec: Spec): void {
  assert.equal(specProblems(spec), []);
}

/**
 * Where the spec breaks the schema, one line each. Debian 12's schema is of the specification 1.0.2; it allows the members
 * that came later, since the specification wants unknown ones to be ignored.
 */
export function specProblems(spec: Spec): readonly string[] {
  compiled.validate ??= compileSchema();
  const valid = compiled.validate(plain(spec));
  return valid ? [] : (compiled.validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Compiling takes longer than most tests. */
const compiled: { validate?: ValidateFunction } = {};

function compileSchema(): ValidateFunction {
  // Draft 4 whose keywords ajv knows, except `id` and some formats.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const part of PARTS) ajv.addSchema(readSchema(part), `${part}.json`);
  return ajv.compile(readSchema("config-schema"));
}

function readSchema(name: string): object {
  const { id: _id, $schema: _draft, ...schema } = JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), "utf8"));
  if (name === "defs-linux") schema.definitions.RootfsPropagation.enum.push(...RECURSIVE_PROPAGATIONS);
  return { $id: `${name}.json`, ...schema };
}

/** As a runtime would read it: big numbers are numbers. */
function plain(spec: Spec): unknown {
  return JSON.parse(JSON.stringify(spec, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
}
