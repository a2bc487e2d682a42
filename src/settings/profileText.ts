import { Scalar, stringify } from "yaml";
import type { Setting } from "./setting.ts";

/** The settings as a YAML profile; several assignments of one directive are a list. */
export function formatProfile(settings: readonly Pick<Setting, "name" | "value">[], comment?: string): string {
  const groups = Map.groupBy(settings, ({ name }) => name);
  const entries = [...groups].map(([name, members]) => {
    const values = members.map(({ value }) => (value === "" ? emptyText() : value));
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  const text = stringify(Object.fromEntries(entries), { schema: "failsafe", lineWidth: 0 }).trimEnd();
  return comment === undefined ? text : `# ${comment}\n${text}`;
}

/** Plain it would be nothing, which is hard to see. */
function emptyText(): Scalar {
  return Object.assign(new Scalar(""), { type: Scalar.QUOTE_DOUBLE });
}
