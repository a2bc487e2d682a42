import type { Directive } from "../model/directive.ts";

/** JSON schema of a YAML profile: every directive with one assignment or a list of assignments. */
export function formatProfileSchema(rows: readonly Directive[]): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "dynuser profile",
    description: "Settings of a service, one per directive; a list stands for repeated assignments.",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(rows.filter(isUsable).flatMap(properties)),
    definitions: {
      assignment: { anyOf: ["string", "number", "boolean", "null"].map((type) => ({ type })) },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function isUsable(row: Directive): boolean {
  return row.support !== "refused";
}

function properties(row: Directive): readonly (readonly [string, unknown])[] {
  const assignment = { $ref: "#/definitions/assignment" };
  const property = {
    description: `${row.summary}. Syntax: ${row.value.syntax}`,
    oneOf: [assignment, { type: "array", items: assignment }],
  };
  return [row.name, ...(row.aliases ?? [])].map((name) => [name, property] as const);
}
