import { formatJson } from "../../oci/json.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * What a person changed in a prepared value, made in the original: what is as it was prepared becomes the original's again,
 * what was edited counts. Of lists, entries that were added or taken away count.
 */
export function mergeEdits(original: unknown, prepared: unknown, edited: unknown): unknown {
  if (isSame(edited, prepared)) return original;
  if (isSame(original, prepared)) return edited;
  if (Array.isArray(original) && Array.isArray(prepared) && Array.isArray(edited)) {
    return mergeLists(original, prepared, edited);
  }
  return isMembers(original) && isMembers(prepared) && isMembers(edited)
    ? mergeMembers(original, prepared, edited)
    : edited;
}

function mergeLists(original: readonly unknown[], prepared: readonly unknown[], edited: readonly unknown[]): unknown {
  const removed = prepared.filter((item) => !has(edited, item));
  const added = edited.filter((item) => !has(prepared, item));
  return [...original.filter((item) => !has(removed, item)), ...added];
}

function has(list: readonly unknown[], item: unknown): boolean {
  return list.some((one) => isSame(one, item));
}

function mergeMembers(original: Members, prepared: Members, edited: Members): Members {
  const names = new Set([...Object.keys(original), ...Object.keys(edited)]);
  const merged = [...names].map((name) => [name, mergeEdits(original[name], prepared[name], edited[name])] as const);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Both come from one text, so that members have one order. */
function isSame(one: unknown, other: unknown): boolean {
  return formatJson(one) === formatJson(other);
}
