import { quote, UserError } from "../errors.ts";
import type { Setting } from "./setting.ts";

/**
 * `Name=Value` of the command line.
 * @throws UserError when it is not of this form
 */
export function readFlag(text: string): Setting {
  const match = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=(.*)$/s.exec(text);
  if (match === null) throw new UserError(`cannot read -p: found ${quote(text)}, expected Name=Value`);
  return { name: match[1]!, value: match[2]!.trim(), place: "-p", lenient: false };
}
