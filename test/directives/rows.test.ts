import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { InvalidValueError } from "../../src/errors.ts";
import { expandSpecifiers, specifiersOf } from "../../src/values/specifiers.ts";
import { recordReading } from "../support/systemd/reading.ts";

const rows = [...new Set(DIRECTIVES.values())];

/** Pieces that mean something to one parser or another. */
const PIECES =
  "a /a . .. / // : , ; = - + ! ~ @ % %n %z %% \\ \\x41 \\xff \\000 \" ' 0 1 -1 07 65535 4294967295 99999999999999999999 1.5 1K 10% ‰ " +
  "yes no infinity strict @default AF_INET CAP_CHOWN ~CAP_KILL read write:EPERM rw ro norbind mode=0700 tcp \u0000 \u0007 \u00e4 \ud83d \ufeff";

/** A small generator with a seed, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomText(random: (below: number) => number): string {
  const pieces = [...PIECES.split(" "), " ", " ", "\t"];
  return Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]!).join("");
}

test("every row has a summary of one line, and a deviation unless its support is full", () => {
  for (const row of rows) {
    assert.match(row.summary, /^[A-Z/].*[^.]$/, row.name);
    assert.not.match(`${row.summary}${row.deviation ?? ""}${row.value.syntax}`, /\n/, row.name);
    assert.ok(row.value.syntax !== "", row.name);
    assert.ok(row.support === "full" || row.deviation !== undefined, row.name);
    for (const name of row.resets ?? []) assert.ok(DIRECTIVES.has(name), `${row.name} resets ${name}`);
  }
});

test("any text is parsed, reported or refused with the expected syntax", () => {
  const specifiers = specifiersOf("web@1.service", () => "host");
  const random = makeRandom(1);
  for (const row of rows) {
    for (let turn = 0; turn < 200; turn++) {
      const text = randomText(random);
      const reading = recordReading((one) => expandSpecifiers(one, specifiers));
      try {
        const value = row.value.parse(text, reading);
        row.value.merge?.(value, value);
      } catch (error) {
        assert.instance(error, InvalidValueError, `${row.name}=${JSON.stringify(text)}: ${error}`);
        assert.ok((error as InvalidValueError).expected !== "");
      }
    }
  }
});

test("parsing is deterministic", () => {
  const random = makeRandom(2);
  for (const row of rows) {
    for (let turn = 0; turn < 50; turn++) {
      const text = randomText(random);
      assert.equal(outcome(row, text), outcome(row, text), `${row.name}=${JSON.stringify(text)}`);
    }
  }
});

function outcome(row: (typeof rows)[number], text: string): unknown {
  const reading = recordReading();
  try {
    return { value: row.value.parse(text, reading), complaints: reading.complaints };
  } catch (error) {
    return String(error);
  }
}

test.run();
