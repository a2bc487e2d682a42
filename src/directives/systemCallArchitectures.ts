import { directive, type Value } from "../model/directive.ts";
import { ALLOW } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { ARCHITECTURES, localArchitectures } from "../values/architecture.ts";
import { joinWords } from "../values/choice.ts";
import { readWords } from "../values/words.ts";

const architectures: Value<readonly string[]> = {
  syntax: "native|ARCHITECTURE…",
  parse: (text, reading) =>
    readWords(text, reading, { unquote: true }).filter((word) => {
      const known = word === "native" || Object.hasOwn(ARCHITECTURES, word);
      if (!known) reading.complain(word, joinWords(["native", ...Object.keys(ARCHITECTURES)]));
      return known;
    }),
  merge: (earlier, later) => [...earlier, ...later],
};

export const SystemCallArchitectures = directive({
  name: "SystemCallArchitectures",
  summary: "Limits the architectures of system calls to the native one and those listed",
  value: architectures,
  support: "full",
  effect: "restricts",
  suggest: { rank: 6, ...grade("native") },
  filter: {
    order: 120,
    rules(words) {
      if (words.length === 0) return undefined;
      const { native } = localArchitectures();
      const open = [native, ...words.flatMap((word) => ARCHITECTURES[word] ?? [])];
      return { defaultAction: ALLOW, rules: [], architectures: open };
    },
  },
});
