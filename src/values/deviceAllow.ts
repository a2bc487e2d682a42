import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { parsePath } from "./path.ts";
import { takeWord } from "./words.ts";

/** One device or a class of devices, and the access: letters of `r`, `w` and `m`. */
export type AllowedDevice = { readonly access: string } & (
  | { readonly kind: "node"; readonly path: string }
  /** Every driver whose name in /proc/devices matches. */
  | { readonly kind: "class"; readonly type: "c" | "b"; readonly pattern: string }
);

const EXPECTED = "a node below /dev, char-NAME or block-NAME";

/** DeviceAllow= (config_parse_device_allow, src/core/load-fragment.c); later assignments append. */
export const deviceAllow: Value<readonly AllowedDevice[]> = {
  syntax: "/dev/NODE | char-NAME | block-NAME [r][w][m]",
  parse: (text, reading) => {
    const { word, rest = "" } = takeWord(text, { unquote: true }) ?? { word: "", rest: undefined };
    return [{ ...parseDevice(reading.expand(word)), access: parseAccess(rest.trim()) }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

function parseDevice(
  word: string,
):
  | { readonly kind: "node"; readonly path: string }
  | { readonly kind: "class"; readonly type: "c" | "b"; readonly pattern: string } {
  const [, type, pattern] = /^(char|block)-(.+)$/s.exec(word) ?? [];
  if (type !== undefined) return { kind: "class", type: type === "char" ? "c" : "b", pattern: pattern! };
  if (!word.startsWith("/")) throw new InvalidValueError(word, EXPECTED);
  const path = parsePath(word);
  if (!path.startsWith("/dev/")) throw new InvalidValueError(word, EXPECTED);
  return { kind: "node", path };
}

function parseAccess(text: string): string {
  if (!/^[rwm]*$/.test(text)) throw new InvalidValueError(text, "r for reading, w for writing, m for making nodes");
  const letters = text === "" ? "rwm" : text;
  return [..."rwm"].filter((letter) => letters.includes(letter)).join("");
}
