import { directive, type Value } from "../directive.ts";
import { ALLOW } from "../filter.ts";
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
  summary: "Architectures whose system calls may be used besides the native one",
  value: architectures,
  support: "full",
  effect: "takes",
  *plan(words) {
    if (words.length === 0) return;
    const { native } = localArchitectures();
    const open = [native, ...words.flatMap((word) => ARCHITECTURES[word] ?? [])];
    yield {
      kind: "seccomp",
      filter: { name: "SystemCallArchitectures", otherwise: ALLOW, rules: [], architectures: open },
    };
  },
});
