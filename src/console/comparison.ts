import { formatJson } from "../oci/json.ts";

/** One place where two documents differ; `path` as in `process.user.uid`. */
export interface Difference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What changed between two documents, member by member; lists of plain values are compared item by item. */
export function compareDocuments(before: unknown, after: unknown, path = ""): readonly Difference[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => compareDocuments(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path);
  const [old, now] = [before, after].map((value) => (value === undefined ? undefined : formatJson(value)));
  if (old === now) return [];
  return [{ path, before: old, after: now }];
}

/** Items have no names: an item in both lists is unchanged, whatever its position; words share one line. */
function compareLists(before: readonly unknown[], after: readonly unknown[], path: string): readonly Difference[] {
  const [old, now] = [before.map(formatJson), after.map(formatJson)];
  const gone = before.filter((_, index) => !now.includes(old[index]!));
  const come = after.filter((_, index) => !old.includes(now[index]!));
  return [
    ...join(gone).map((item) => ({ path: `${path}[]`, before: item, after: undefined })),
    ...join(come).map((item) => ({ path: `${path}[]`, before: undefined, after: item })),
  ];
}

function join(items: readonly unknown[]): readonly string[] {
  const areWords = items.every((item) => typeof item === "string");
  return areWords && items.length > 0 ? [items.join(" ")] : items.map(formatJson);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("rawJSON" in value);
}
