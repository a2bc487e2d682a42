import type { Directive, Service } from "./directive.ts";

export interface Entry {
  readonly directive: Directive;
  readonly value: unknown;
  readonly impliedBy?: Directive;
}

/** Builds a service from the assigned values and the values that they imply. */
export function makeService(written: ReadonlyMap<Directive, unknown>): Service {
  const entries = new Map<string, Entry>();
  for (const [directive, value] of written) entries.set(directive.name, { directive, value });
  for (const [directive, value] of written) addImplied(entries, directive, value);
  const sorted = [...entries.values()].sort((a, b) => (a.directive.name < b.directive.name ? -1 : 1));

  return {
    get: <T>(directive: Directive<T>) => entries.get(directive.name)?.value as T | undefined,
    entries: () => sorted.map((entry) => [entry.directive, entry.value] as const),
    impliedBy: (directive) => entries.get(directive.name)?.impliedBy,
  };
}

function addImplied(entries: Map<string, Entry>, by: Directive, value: unknown): void {
  for (const implication of by.implies?.(value) ?? []) {
    const { directive } = implication;
    const current = entries.get(directive.name);
    const implied = implication.value(current?.value);
    if (current !== undefined && Object.is(current.value, implied)) continue;
    entries.set(directive.name, { directive, value: implied, impliedBy: by });
    addImplied(entries, directive, implied);
  }
}
