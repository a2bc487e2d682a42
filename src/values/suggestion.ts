import { distance } from "fastest-levenshtein";

/** `, did you mean WORD?` for the word that `text` is nearly; empty where none is near. */
export function didYouMean(text: string, words: Iterable<string>): string {
  const known = [...words];
  const near = nearest(text, known, 1) ?? resembling(text, known) ?? nearest(text, known, 2);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

/** The shortest word that begins with `text`, that has it somewhere, or that begins like it to three quarters. */
function resembling(text: string, words: readonly string[]): string | undefined {
  const asked = text.toLowerCase();
  // fewer letters are in too many words
  if (!/[a-z]{3}/.test(asked)) return undefined;
  const start = asked.slice(0, Math.max(3, Math.ceil(asked.length * 0.75)));
  // one look at each word, as there may be a thousand unknown ones
  const candidates = words.filter((word) => word.toLowerCase().includes(start));
  const rank = (word: string) => RANKS.findIndex((resembles) => resembles(word.toLowerCase(), asked, start));
  const [best] = candidates
    .map((word) => ({ word, rank: rank(word) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.word.length - b.word.length);
  return best?.word;
}

const RANKS: readonly ((word: string, asked: string, start: string) => boolean)[] = [
  (word, asked) => word.startsWith(asked),
  (word, asked) => word.includes(asked),
  (word, _, start) => word.startsWith(start),
];

/** The word with the smallest edit distance to `text`, at most `most` and a quarter of its length; undefined otherwise. */
function nearest(text: string, words: Iterable<string>, most: number): string | undefined {
  const maximum = Math.min(most, Math.ceil(text.length / 4));
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
