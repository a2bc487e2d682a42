import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readBoolean } from "./boolean.ts";
import { ordered } from "./within.ts";

/** ProtectHostname=: whether the hostname can be changed, and the initial one of the new UTS namespace. */
export interface HostnameProtection {
  readonly mode: "no" | "private" | "yes";
  readonly hostname?: string;
}

const isWithin = ordered("no", "private", "yes");

/** ProtectHostname= (src/core/load-fragment.c, config_parse_protect_hostname). */
export const hostnameProtection: Value<HostnameProtection> = {
  syntax: "no | (yes | private)[:HOSTNAME]",
  parse(text, reading) {
    const [word = "", ...rest] = text.split(":");
    const mode = readMode(word);
    if (rest.length === 0) return { mode };
    const hostname = reading.expand(rest.join(":"));
    if (mode === "no" || !isHostname(hostname)) {
      throw new InvalidValueError(text, "a valid hostname after yes: or private:");
    }
    return { mode, hostname };
  },
  within: (value, bound) => isWithin(value.mode, bound.mode),
};

function readMode(word: string): HostnameProtection["mode"] {
  if (word === "private") return word;
  const isEnabled = readBoolean(word);
  if (isEnabled === undefined) throw new InvalidValueError(word, "yes, no or private");
  return isEnabled ? "yes" : "no";
}

/** hostname_is_valid() of src/basic/hostname-util.c: labels of letters, digits and hyphens, 64 characters in total. */
function isHostname(text: string): boolean {
  return (
    text.length <= 64 && text.split(".").every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label))
  );
}
