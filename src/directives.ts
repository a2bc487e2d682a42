import type { Directive } from "./directive.ts";

/** Directives by their names and by their other names; a Map is one. */
export interface Directives {
  get(name: string): Directive | undefined;
  keys(): Iterable<string>;
  values(): Iterable<Directive>;
}

/** The directives of one file, which is loaded for the first of them that is asked for. */
export interface DirectiveFile {
  /** Other names included, with a blank before and after each. */
  readonly names: string;
  load(): readonly Directive[];
}

/** A start uses a dozen of three hundred directives: making all of them would be a twentieth of it. */
export function onDemand(files: readonly DirectiveFile[]): Directives {
  const loaded = new Map<string, Directive>();
  const load = (file: DirectiveFile) => {
    for (const row of file.load()) for (const name of namesOf(row)) loaded.set(name, row);
  };
  return {
    get: (name) => {
      const file = loaded.has(name) ? undefined : files.find(({ names }) => names.includes(` ${name} `));
      if (file !== undefined) load(file);
      return loaded.get(name);
    },
    keys: () => files.flatMap(({ names }) => names.trim().split(" ")),
    values: () => {
      files.forEach(load);
      return loaded.values();
    },
  };
}

export function namesOf(row: Directive): readonly string[] {
  return [row.name, ...(row.aliases ?? [])];
}
