import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readBoolean } from "./boolean.ts";
import { didYouMean } from "./suggestion.ts";

/** One word of a table. */
export function choice<const T extends string>(words: readonly T[]): Value<T> {
  return {
    syntax: words.join(" | "),
    parse: (text) => find(words, text),
  };
}

/** One word of a table, or a boolean: `no` is the first word, `yes` is the word `whenYes`. */
export function choiceOrBoolean<const T extends string>(words: readonly T[], whenYes: NoInfer<T>): Value<T> {
  return {
    syntax: [...new Set([words[0]!, "yes", ...words])].join(" | "),
    parse: (text) => {
      const yes = readBoolean(text);
      if (yes === undefined || words.some((word) => word === text)) return find(words, text);
      return yes ? whenYes : words[0]!;
    },
  };
}

/** One word of a table, or its number. */
export function numberedChoice<T extends string>(numbers: Readonly<Record<T, number>>): Value<T> {
  const words = Object.keys(numbers) as T[];
  return {
    syntax: words.join(" | "),
    parse: (text) => words.find((word) => text === `${numbers[word]}`) ?? find(words, text),
  };
}

/** `a`, `a or b`, `a, b or c`. */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function find<T extends string>(words: readonly T[], text: string): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new InvalidValueError(text, `${joinWords(words)}${didYouMean(text, words)}`);
  return found;
}
