import { BadValue } from "../errors.ts";
import { decodeBytes, encodeBytes } from "./escape.ts";

/** The value of one specifier by its letter; undefined for a letter without a meaning. */
export type Specifiers = (letter: string) => string | undefined;

/** What only the host can say; a fact that is not there is "". */
export type HostFact = (typeof HOST_FACTS)[keyof typeof HOST_FACTS];

/** Fields of os-release(5) carry their names; `architecture` is systemd's word for it, `x86-64`; `rootShell` is bash or else /bin/sh. */
const HOST_FACTS = {
  a: "architecture",
  A: "IMAGE_VERSION",
  b: "bootId",
  B: "BUILD_ID",
  H: "hostName",
  l: "shortHostName",
  m: "machineId",
  M: "IMAGE_ID",
  o: "ID",
  q: "prettyHostName",
  s: "rootShell",
  v: "kernelRelease",
  w: "VERSION_ID",
  W: "VARIANT_ID",
} as const;

/** Places and people as the system's service manager has them: never those of User=. */
const CONSTANTS: Readonly<Record<string, string>> = {
  C: "/var/cache",
  D: "/usr/share",
  E: "/etc",
  g: "root",
  G: "0",
  h: "/root",
  L: "/var/log",
  S: "/var/lib",
  t: "/run",
  T: "/tmp",
  u: "root",
  U: "0",
  V: "/var/tmp",
};

/**
 * Replaces `%x`; `%%` is a percent sign and a percent sign before anything but letters and digits stays.
 * @throws BadValue for a letter without a meaning
 */
export function expandSpecifiers(text: string, specifiers: Specifiers): string {
  return text.replace(/%([%A-Za-z0-9])/g, (specifier, letter: string) => {
    const value = letter === "%" ? "%" : specifiers(letter);
    if (value === undefined) throw new BadValue(specifier, "a specifier that is known, or %% for a percent sign");
    return value;
  });
}

/**
 * Specifiers of a unit named like `web@1.service`; `host` is asked only for what is used.
 * @param fragment the unit's file, absolute, if it has one
 */
export function specifiersOf(unit: string, host: (fact: HostFact) => string, fragment = ""): Specifiers {
  const names: Readonly<Record<string, string>> = {
    ...unitSpecifiers(unit),
    y: fragment,
    Y: fragment.replace(/\/[^/]*$/, ""),
  };
  return (letter) => {
    const fact = HOST_FACTS[letter as keyof typeof HOST_FACTS];
    return fact === undefined ? (names[letter] ?? CONSTANTS[letter]) : host(fact);
  };
}

function unitSpecifiers(unit: string): Readonly<Record<string, string>> {
  const dot = unit.lastIndexOf(".");
  const stem = dot < 0 ? unit : unit.slice(0, dot);
  const at = stem.indexOf("@");
  const prefix = at < 0 ? stem : stem.slice(0, at);
  const instance = at < 0 ? "" : stem.slice(at + 1);
  const last = prefix.slice(prefix.lastIndexOf("-") + 1);
  return {
    n: unit,
    N: stem,
    p: prefix,
    P: unescapeUnitName(prefix),
    i: instance,
    I: unescapeUnitName(instance),
    j: last,
    J: unescapeUnitName(last),
    f: unitPath(at < 0 ? prefix : instance),
    d: `/run/credentials/${unit}`,
  };
}

/** `-` stands for `/` and `\x2d` for a byte (systemd-escape(1)). */
function unescapeUnitName(text: string): string {
  const bytes = encodeBytes(text).replace(/-|\\x([0-9a-fA-F]{2})/g, (_, code?: string) =>
    code === undefined ? "/" : String.fromCharCode(Number.parseInt(code, 16)),
  );
  return decodeBytes(bytes);
}

function unitPath(escaped: string): string {
  const path = unescapeUnitName(escaped === "-" ? "" : escaped);
  return path.startsWith("/") ? path : `/${path}`;
}
