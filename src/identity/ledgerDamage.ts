import { failedCall } from "../sys/failure.ts";
import { readBytes } from "../sys/files/readLimited.ts";
import { statusOf } from "../sys/files/status.ts";
import { appendPrivate, overwriteWithZeros } from "../sys/files/write.ts";
import { ledgerFiles, periodFormat } from "./ledger.ts";
import type { Registry } from "./registry.ts";

/**
 * Moves the lines of the ledger that are no record to `ledger.damaged`, for a person to look at. In their place zeros stay,
 * which readers pass over: other processes append to the file at any time, so it is not written anew. A line at the end of the
 * newest file may be one that is being written, and stays.
 * @returns their places, `FILE:LINE`; fewer where the ledger cannot be changed
 */
export function setDamagedAside({ paths: { ledger } }: Registry): readonly string[] {
  const places: string[] = [];
  try {
    for (const [age, path] of ledgerFiles(ledger).entries()) {
      const lines = linesOf(path);
      const whole = age === 0 ? lines.slice(0, -1) : lines;
      for (const { place, offset, text } of whole.filter((line) => isDamaged(line.text))) {
        appendPrivate(damagedFile(ledger), Buffer.from(`${text}\n`, "latin1"));
        overwriteWithZeros(path, offset, text.length);
        places.push(place);
      }
    }
  } catch (error) {
    if (failedCall(error) === undefined) throw error;
  }
  return places;
}

export function damagedFile(ledger: string): string {
  return `${ledger}/ledger.damaged`;
}

interface Line {
  readonly place: string;
  /** The position of its first byte. */
  readonly offset: number;
  /** One character for each byte. */
  readonly text: string;
}

function isDamaged(line: string): boolean {
  const text = Buffer.from(line.replaceAll("\0", ""), "latin1").toString();
  return text !== "" && periodFormat.parse(text) === undefined;
}

/** What a reset leaves need not be UTF-8. */
function linesOf(path: string): readonly Line[] {
  if (statusOf(path) === undefined) return [];
  let offset = 0;
  const content = Buffer.from(readBytes(path, LIMIT_BYTES)).toString("latin1");
  return content.split("\n").map((text, index) => {
    const line = { place: `${path}:${index + 1}`, offset, text };
    offset += text.length + 1;
    return line;
  });
}

/** More than a file of the ledger has before the next one is begun. */
const LIMIT_BYTES = 64 * 1024 * 1024;
