import { test } from "uvu";
import * as assert from "uvu/assert";
import { siphash24 } from "../../src/identity/siphash.ts";

const key = Uint8Array.from({ length: 16 }, (_, i) => i);
const message = (length: number) => Uint8Array.from({ length }, (_, i) => i);

test("the vectors of the paper and its reference hold", () => {
  assert.is(siphash24(message(0), key), 0x726fdb47dd0e0e31n);
  assert.is(siphash24(message(1), key), 0x74f839c593dc67fdn);
  assert.is(siphash24(message(8), key), 0x93f5f5799a932462n);
  assert.is(siphash24(message(15), key), 0xa129ca6149be45e5n);
});

test("a message longer than 255 bytes is padded with its length modulo 256", () => {
  assert.is.not(siphash24(new Uint8Array(256), key), siphash24(new Uint8Array(0), key));
});

test.run();
