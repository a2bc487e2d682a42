import { stringify } from "yaml";
import type { Setting } from "../../sources/setting.ts";

/** The settings as a YAML profile; several assignments of one directive are a list. */
export function formatProfile(settings: readonly Setting[]): string {
  const groups = Map.groupBy(settings, ({ name }) => name);
  const entries = [...groups].map(([name, members]) => {
    const values = members.map(({ value }) => value);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  return stringify(Object.fromEntries(entries), { schema: "failsafe", lineWidth: 0 });
}
