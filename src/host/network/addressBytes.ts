/** The bytes of an address, in network byte order; `text` is a valid address. */
export function addressBytes(text: string): Uint8Array {
  return Uint8Array.from(text.includes(":") ? bytesOf6(text) : bytesOf4(text));
}

export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  );
  // The URL parser writes the shortest form (RFC 5952).
  return new URL(`http://[${words.join(":")}]`).hostname.slice(1, -1);
}

function bytesOf4(text: string): readonly number[] {
  return text.split(".").map(Number);
}

/** `::` stands for the words that are left out, and the last two may be an address of IPv4. */
function bytesOf6(text: string): readonly number[] {
  const [before = [], after] = text.split("::").map(bytesOfWords);
  if (after === undefined) return before;
  const zeros = new Array<number>(16 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after];
}

function bytesOfWords(text: string): readonly number[] {
  const words = text.split(":").filter((word) => word !== "");
  return words.flatMap((word) => {
    if (word.includes(".")) return bytesOf4(word);
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
}
