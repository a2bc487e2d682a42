import { quote } from "../../errors.ts";
import type { Option, OptionRow } from "./options.ts";

/** The options among some words, and all that is none. */
export interface Words {
  readonly options: readonly Option[];
  readonly operands: readonly string[];
  /** Why the reading is not complete: what was found, and what is expected. */
  readonly problem?: string;
}

/** What one word holds; the value of its last option may be the next word. */
export interface Found {
  readonly options: readonly Option[];
  readonly wantsValue?: OptionRow;
}

/**
 * What both grammars have in common: words with a dash are options, `-` alone is none, `--` ends them, a value may be the next
 * word, whatever it looks like.
 * @param readWord undefined for a word that is no option
 * @param inOrder the first operand ends the options too
 */
export function readWords(
  words: readonly string[],
  readWord: (word: string) => Found | undefined,
  inOrder: boolean,
): Words {
  const options: Option[] = [];
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") return { options, operands: [...operands, ...words.slice(index + 1)] };
    if (isOperand(word) && inOrder) return { options, operands: words.slice(index) };
    if (isOperand(word)) {
      operands.push(word);
      continue;
    }
    const found = readWord(word);
    options.push(...(found?.options ?? []));
    const lacksValue = found?.wantsValue !== undefined && index + 1 === words.length;
    if (found === undefined || lacksValue) {
      return { options, operands, problem: `found ${quote(word)}, expected an option of crun or runc` };
    }
    if (found.wantsValue !== undefined) options.push({ row: found.wantsValue, value: words[++index]! });
  }
  return { options, operands };
}

function isOperand(word: string): boolean {
  return word === "-" || !word.startsWith("-");
}
