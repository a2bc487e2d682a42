import type { Registration } from "./setup.ts";
import type { Table } from "./toml.ts";

/** The runtimes that dynuser has registered with an engine. */
export interface Registered {
  /** The engine's entries by the name of the runtime. */
  readonly runtimes: Table;
  /** The default runtime, if it is one of these. */
  readonly defaultName: string | undefined;
}

/** Adds a runtime, or replaces that of the same name. */
export function withRuntime(
  { runtimes, defaultName }: Registered,
  { name, isDefault }: Registration,
  entry: unknown,
): Registered {
  const kept = defaultName === name ? undefined : defaultName;
  return { runtimes: { ...runtimes, [name]: entry }, defaultName: isDefault ? name : kept };
}

export function withoutRuntime({ runtimes, defaultName }: Registered, name: string): Registered {
  const { [name]: _, ...others } = runtimes;
  return { runtimes: others, defaultName: defaultName === name ? undefined : defaultName };
}

export function isEmpty({ runtimes }: Registered): boolean {
  return Object.keys(runtimes).length === 0;
}
