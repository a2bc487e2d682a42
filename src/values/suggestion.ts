import { distance } from "fastest-levenshtein";

/** `, did you mean WORD?` for the word that `text` is nearly; empty where none is near. */
export function didYouMean(text: string, words: Iterable<string>): string {
  const known = [...words];
  const near = nearest(text, known) ?? resembling(text, known);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

/** The shortest word that begins with `text`, that has it somewhere, or that begins like it to three quarters. */
function resembling(text: string, words: readonly string[]): string | undefined {
  const asked = text.toLowerCase();
  // fewer letters are in too many words
  if (asked.replace(/^\W+/, "").length < 3) return undefined;
  const shared = Math.max(3, Math.ceil(asked.length * 0.75));
  const resemblances: readonly ((word: string) => boolean)[] = [
    (word) => word.startsWith(asked),
    (word) => word.includes(asked),
    (word) => word.startsWith(asked.slice(0, shared)),
  ];
  const byLength = words.toSorted((a, b) => a.length - b.length);
  return resemblances.flatMap((resembles) => byLength.find((word) => resembles(word.toLowerCase())) ?? [])[0];
}

/** The word with the smallest edit distance to `text`, at most 2 and a quarter of its length; undefined otherwise. */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  const maximum = Math.min(2, Math.ceil(text.length / 4));
  const [best] = [...words]
    // each letter more or less is an edit: a thousand unknown words must not be compared with all known ones
    .filter((word) => Math.abs(word.length - text.length) <= maximum)
    .map((word) => ({ word, edits: countEdits(text.toLowerCase(), word.toLowerCase()) }))
    .filter(({ edits }) => edits <= maximum)
    .sort((a, b) => a.edits - b.edits);
  return best?.word;
}

/** Letters in another order are one edit. */
function countEdits(a: string, b: string): number {
  return a !== b && a.length === b.length && sorted(a) === sorted(b) ? 1 : distance(a, b);
}

function sorted(text: string): string {
  return [...text].sort().join("");
}
