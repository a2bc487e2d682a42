import { InvalidValueError } from "../errors.ts";
import { ALL_KINDS } from "./directoryKinds.ts";
import { decodeBytes, encodeBytes } from "./escape.ts";

/** The value of a specifier by its letter; undefined for an unknown one. */
export type Specifiers = (letter: string) => string | undefined;

/** A fact of the host; "" if it is unavailable. */
export type HostFact = (typeof HOST_FACTS)[keyof typeof HOST_FACTS];

/** Fields of os-release(5), systemd's name of the architecture (`x86-64`), and root's shell (bash or /bin/sh) among others. */
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

/** Paths and users of the system's service manager, never those of User=. */
const CONSTANTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(ALL_KINDS.map(({ specifier, base }) => [specifier, base])),
  D: "/usr/share",
  g: "root",
  G: "0",
  h: "/root",
  T: "/tmp",
  u: "root",
  U: "0",
  V: "/var/tmp",
};

/**
 * Replaces `%x`; `%%` is a percent sign; a percent sign before other characters than letters and digits is kept.
 * @throws InvalidValueError for an unknown letter
 */
export function expandSpecifiers(text: string, specifiers: Specifiers): string {
  return text.replace(/%([%A-Za-z0-9])/g, (specifier, letter: string) => {
    const value = letter === "%" ? "%" : specifiers(letter);
    if (value === undefined)
      throw new InvalidValueError(specifier, "a specifier that is known, or %% for a percent sign");
    return value;
  });
}

interface SpecifierSources {
  /** The unit's file, absolute, if it has one. */
  readonly fragment?: string | undefined;
  /** `literally` for a name that is no escaped path. */
  readonly decode?: ((text: string) => string) | undefined;
  /** Paths and users of another service manager than the system's. */
  readonly constants?: Readonly<Record<string, string>> | undefined;
}

/**
 * Specifiers of a unit named like `web@1.service`; `host` is called only for specifiers that occur.
 */
export function specifiersOf(
  unit: string,
  host: (fact: HostFact) => string,
  { fragment = "", decode = unescapeUnitName, constants = {} }: SpecifierSources = {},
): Specifiers {
  const names: Readonly<Record<string, string>> = {
    ...constants,
    ...unitSpecifiers(unit, decode),
    y: fragment,
    Y: fragment.replace(/\/[^/]*$/, ""),
  };
  const known = new Map<HostFact, string>();
  return (letter) => {
    if (decode === literally && names[letter] === "" && "iI".includes(letter)) throw lacksInstance(letter);
    const fact = HOST_FACTS[letter as keyof typeof HOST_FACTS];
    if (fact === undefined) return names[letter] ?? CONSTANTS[letter];
    const value = known.get(fact) ?? host(fact);
    known.set(fact, value);
    return value;
  };
}

function unitSpecifiers(unit: string, decode: (text: string) => string): Readonly<Record<string, string>> {
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
    P: decode(prefix),
    i: instance,
    I: decode(instance),
    j: last,
    J: decode(last),
    f: unitPath(at < 0 ? prefix : instance, decode),
    d: `/run/credentials/${unit}`,
  };
}

/** `-` becomes `/` and `\x2d` the byte (systemd-escape(1)). */
function unescapeUnitName(text: string): string {
  const bytes = encodeBytes(text).replace(/-|\\x([0-9a-fA-F]{2})/g, (_, code?: string) =>
    code === undefined ? "/" : String.fromCharCode(Number.parseInt(code, 16)),
  );
  return decodeBytes(bytes);
}

function unitPath(escaped: string, decode: (text: string) => string): string {
  const path = decode(escaped === "-" ? "" : escaped);
  return path.startsWith("/") ? path : `/${path}`;
}

/** For names of containers, which nothing escapes: `a-b` is not the path `a/b`. An instance that they lack is no empty part of a path. */
export function literally(name: string): string {
  return name;
}

function lacksInstance(letter: string): InvalidValueError {
  return new InvalidValueError(`%${letter}`, "a container with an instance in its name (dynuser/Name=PREFIX@INSTANCE)");
}
