import type { Value } from "../directive.ts";
import { BadValue } from "../errors.ts";

/** The native architecture and its 32-bit variant, by the words of process.arch. */
const PAIRS: Readonly<Record<string, { readonly native: string; readonly narrow: string }>> = {
  x64: { native: "x86-64", narrow: "x86" },
  arm64: { native: "arm64", narrow: "arm" },
};

/** Execution domains that this machine has. */
export const personality: Value<"LINUX" | "LINUX32"> = {
  syntax: "x86-64 | x86 | arm64 | arm",
  parse: (text) => {
    const { native, narrow } = PAIRS[process.arch] ?? PAIRS["x64"]!;
    if (text === native) return "LINUX";
    if (text === narrow) return "LINUX32";
    throw new BadValue(text, `${native} or ${narrow}`);
  },
};
