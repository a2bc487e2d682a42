import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** The native architecture and its 32-bit variant, by the words of process.arch. */
const PAIRS: Readonly<Record<string, { readonly native: string; readonly narrow: string }>> = {
  x64: { native: "x86-64", narrow: "x86" },
  arm64: { native: "arm64", narrow: "arm" },
};

/** The execution domains of this machine. */
export const personality: Value<"LINUX" | "LINUX32"> = {
  syntax: "x86-64 | x86 | arm64 | arm",
  parse: (text) => {
    const { native, narrow } = PAIRS[process.arch] ?? PAIRS["x64"]!;
    if (text === native) return "LINUX";
    if (text === narrow) return "LINUX32";
    throw new InvalidValueError(text, `${native} or ${narrow}`);
  },
};
