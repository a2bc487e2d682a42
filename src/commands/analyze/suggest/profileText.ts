import { nameOf } from "./candidates.ts";

/** A YAML profile with these settings; several assignments of one directive are a list. */
export function formatProfile(comment: string, settings: readonly string[]): string {
  const byName = Map.groupBy(settings, nameOf);
  const lines = [...byName].map(([name, assignments]) => {
    const values = assignments.map((assignment) => formatScalar(assignment.slice(name.length + 1)));
    return values.length === 1 ? `${name}: ${values[0]}` : `${name}: [${values.join(", ")}]`;
  });
  return [`# ${comment}`, ...lines].join("\n");
}

/** Plain where YAML takes it as it is; JSON's strings are YAML's too. */
function formatScalar(text: string): string {
  return /^[A-Za-z0-9/][A-Za-z0-9 _./-]*$/.test(text) ? text : JSON.stringify(text);
}
