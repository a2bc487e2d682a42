import { InvalidValueError } from "../errors.ts";
import type { Credential, CredentialSource } from "../model/action.ts";
import type { Value } from "../model/directive.ts";
import { encodeBytes, readEscape } from "./escape.ts";
import { parsePath } from "./path.ts";

const NAME_EXPECTED = "a name of up to 255 ASCII characters without / and :";

/** LoadCredential=NAME[:SOURCE]; an absolute path, or a name in the host's stores, NAME by default. */
export function loadedCredential(encrypted: boolean): Value<readonly Credential[]> {
  return {
    syntax: "NAME[:PATH | :NAME]",
    parse: (text, reading) => {
      const [name, place] = cut(text);
      const expanded = place === undefined ? undefined : reading.expand(place);
      return [{ name: parseName(reading.expand(name)), encrypted, from: sourceOf(expanded, reading.expand(name)) }];
    },
    merge: replaceByName,
  };
}

/** ImportCredential=PATTERN[:NAME]: everything in the host's stores that matches. */
export const importedCredentials: Value<readonly Credential[]> = {
  syntax: "PATTERN[:NAME]",
  parse: (text, reading) => {
    const [pattern, name] = cut(text);
    const expanded = reading.expand(pattern);
    if (!/^[!-9;-~]+$/.test(expanded) || expanded.includes("/"))
      throw new InvalidValueError(pattern, "a pattern of names like web.*");
    if (name === "") throw new InvalidValueError(text, "a name after the colon");
    const from = { kind: "pattern", pattern: expanded, renamed: name !== undefined } as const;
    return [{ name: name === undefined ? "" : parseName(reading.expand(name)), encrypted: true, from }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

/** SetCredential=NAME:TEXT with C escapes. */
export const writtenCredential: Value<readonly Credential[]> = {
  syntax: "NAME:TEXT",
  parse: (text, reading) => [written(text, (rest) => decodeEscapes(rest), false, reading.expand)],
  merge: replaceByName,
};

/** SetCredentialEncrypted=NAME:BASE64 */
export const encryptedCredential: Value<readonly Credential[]> = {
  syntax: "NAME:BASE64",
  parse: (text, reading) => [written(text, decodeBase64, true, reading.expand)],
  merge: replaceByName,
};

function written(
  text: string,
  decode: (text: string) => Buffer,
  encrypted: boolean,
  expand: (text: string) => string,
): Credential {
  const [name, rest] = cut(text);
  if (rest === undefined) throw new InvalidValueError(text, "a name, a colon and the value");
  const from = { kind: "text", base64: decode(rest).toString("base64") } as const;
  return { name: parseName(expand(name)), encrypted, from };
}

function cut(text: string): readonly [string, string | undefined] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function parseName(name: string): string {
  // filename_is_valid() and fdname_valid() of systemd
  if (!/^[ -9;-~]{1,255}$/.test(name) || name.includes("/") || name === "." || name === "..") {
    throw new InvalidValueError(name, NAME_EXPECTED);
  }
  return name;
}

function sourceOf(place: string | undefined, name: string): CredentialSource {
  if (place?.startsWith("/")) return { kind: "path", path: parsePath(place) };
  if (place === undefined || parseName(place) === name) return { kind: "stored" };
  return { kind: "pattern", pattern: place.replace(/[*?[\\]/g, "\\$&"), renamed: true };
}

function decodeEscapes(text: string): Buffer {
  const source = encodeBytes(text);
  let bytes = "";
  for (let position = 0; position < source.length; position++) {
    if (source[position] !== "\\") {
      bytes += source[position];
      continue;
    }
    const found = source.startsWith("x00", position + 1)
      ? { bytes: "\0", length: 3 }
      : readEscape(source, position + 1);
    if (found === undefined) throw new InvalidValueError(text, "known escapes after each backslash");
    bytes += found.bytes;
    position += found.length;
  }
  return Buffer.from(bytes, "latin1");
}

function decodeBase64(text: string): Buffer {
  const compact = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) throw new InvalidValueError(text, "base64");
  return Buffer.from(compact, "base64");
}

/** A later assignment of the same name replaces the earlier one. */
function replaceByName(earlier: readonly Credential[], later: readonly Credential[]): readonly Credential[] {
  const replaced = new Set(later.map(({ name }) => name));
  return [...earlier.filter(({ name }) => !replaced.has(name)), ...later];
}
