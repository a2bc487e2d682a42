/** SipHash-2-4 (Aumasson and Bernstein, 2012) of `message` under a key of 16 bytes, as an unsigned 64-bit number. */
export function siphash24(message: Uint8Array, key: Uint8Array): bigint {
  const state = begin(key);
  const blocks = new DataView(padded(message).buffer);
  for (let at = 0; at < blocks.byteLength; at += 8) absorb(state, blocks.getBigUint64(at, true));
  return finish(state);
}

/** v0, v1, v2, v3. */
type State = [bigint, bigint, bigint, bigint];

function begin(key: Uint8Array): State {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const [low, high] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  return [low ^ 0x736f6d6570736575n, high ^ 0x646f72616e646f6dn, low ^ 0x6c7967656e657261n, high ^ 0x7465646279746573n];
}

/** Whole words of 8 bytes; the last byte is the length modulo 256. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = new Uint8Array((Math.floor(message.length / 8) + 1) * 8);
  words.set(message);
  words[words.length - 1] = message.length & 0xff;
  return words;
}

function absorb(state: State, word: bigint): void {
  state[3] ^= word;
  mix(state);
  mix(state);
  state[0] ^= word;
}

function finish(state: State): bigint {
  state[2] ^= 0xffn;
  for (let round = 0; round < 4; round++) mix(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

function mix(state: State): void {
  let [v0, v1, v2, v3] = state;
  v0 = wrap(v0 + v1);
  v2 = wrap(v2 + v3);
  v1 = rotate(v1, 13n) ^ v0;
  v3 = rotate(v3, 16n) ^ v2;
  v0 = rotate(v0, 32n);
  v2 = wrap(v2 + v1);
  v0 = wrap(v0 + v3);
  v1 = rotate(v1, 17n) ^ v2;
  v3 = rotate(v3, 21n) ^ v0;
  v2 = rotate(v2, 32n);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

function rotate(word: bigint, bits: bigint): bigint {
  return wrap(word << bits) | (word >> (64n - bits));
}

function wrap(word: bigint): bigint {
  return BigInt.asUintN(64, word);
}
