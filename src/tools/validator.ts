import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";

/**
 * A module that exports `validate` for a JSON schema, and the names of its properties for "did you mean". Compiled here
 * because compiling at run time costs 34 ms.
 */
export function formatValidator(schema: object, errors: "all errors" | "first error"): string {
  const ajv = new Ajv({
    ...(errors === "all errors" ? { allErrors: true } : { inlineRefs: false }),
    code: { source: true, esm: true, lines: true },
  });
  const code = standaloneCode(ajv, ajv.compile(schema));
  const names = JSON.stringify([...new Set(propertyNames(schema))]);
  return `// @ts-nocheck Written by src/tools/generate.ts.\n${code}\nexport const PROPERTY_NAMES = ${names};\n`;
}

function propertyNames(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties } = schema as { readonly properties?: object };
  return [...Object.keys(properties ?? {}), ...Object.values(schema).flatMap(propertyNames)];
}
