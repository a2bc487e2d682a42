import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** The name of a slice, `a-b.slice`; its parents are in the name (src/basic/unit-name.c, slice_name_is_valid). */
export const sliceName: Value<string> = {
  syntax: "NAME.slice",
  parse: (text, { expand }) => {
    const name = expand(text);
    const isValid = name === "-.slice" || (name.length < 256 && /^[\w:.\\]+(?:-[\w:.\\]+)*\.slice$/.test(name));
    if (!isValid) throw new InvalidValueError(name, "the name of a slice, NAME.slice");
    return name;
  },
};
