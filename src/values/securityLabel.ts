import type { Value } from "../directive.ts";
import { BadValue } from "../errors.ts";

/** A label or the name of a profile; `-` before it: no error where it cannot be had. */
export interface SecurityLabel {
  readonly label: string;
  readonly optional: boolean;
}

export const securityLabel: Value<SecurityLabel> = {
  syntax: "[-]LABEL",
  parse: (text, reading) => {
    const [, minus, label] = /^(-?)(.*)$/s.exec(text)!;
    const expanded = reading.expand(label!);
    if (expanded === "" || /[\0-\x20\x7f]/.test(expanded)) throw new BadValue(text, "a label without blanks");
    return { label: expanded, optional: minus !== "" };
  },
};
