import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** A label or the name of a profile; with the prefix `-` a missing one is not an error. */
export interface SecurityLabel {
  readonly label: string;
  readonly optional: boolean;
}

export const securityLabel: Value<SecurityLabel> = {
  syntax: "[-]LABEL",
  parse: (text, reading) => {
    const [, minus, label] = /^(-?)(.*)$/s.exec(text)!;
    const expanded = reading.expand(label!);
    if (expanded === "" || /[\0-\x20\x7f]/.test(expanded)) throw new InvalidValueError(text, "a label without blanks");
    return { label: expanded, optional: minus !== "" };
  },
};
