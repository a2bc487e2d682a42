/*
 * Values in the wire format of D-Bus (the D-Bus specification, "Marshaling"), little-endian. A value is described by its
 * signature: numbers for `y q u i n b`, bigints for `x t`, texts for `s o g`, arrays for `a` and for structs and entries.
 */

/** A value that carries its own signature. */
export interface Variant {
  readonly type: string;
  readonly value: unknown;
}

/** The bytes of values, as they stand at the beginning of a message's body. */
export function marshal(signature: string, values: readonly unknown[]): Buffer {
  const writer = new Writer();
  for (const [at, type] of splitTypes(signature).entries()) writer.put(type, values[at]);
  return writer.bytes();
}

/** @throws RangeError when the bytes are fewer than the signature says */
export function unmarshal(signature: string, bytes: Buffer, start = 0): readonly unknown[] {
  const reader = new Reader(bytes, start);
  return splitTypes(signature).map((type) => reader.take(type));
}

/** `sa(sv)u` → `s`, `a(sv)`, `u` */
function splitTypes(signature: string): readonly string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, at: number): number {
  const first = signature[at];
  if (first === "a") return endOfType(signature, at + 1);
  if (first !== "(" && first !== "{") return at + 1;
  let end = at + 1;
  while (signature[end] !== ")" && signature[end] !== "}") end = endOfType(signature, end);
  return end + 1;
}

/** Values of one size; their alignment is their size. */
const FIXED = {
  y: { size: 1, put: (to: Buffer, value: never) => to.writeUInt8(value), take: (from: Buffer) => from.readUInt8() },
  n: { size: 2, put: (to: Buffer, value: never) => to.writeInt16LE(value), take: (from: Buffer) => from.readInt16LE() },
  q: {
    size: 2,
    put: (to: Buffer, value: never) => to.writeUInt16LE(value),
    take: (from: Buffer) => from.readUInt16LE(),
  },
  b: {
    size: 4,
    put: (to: Buffer, value: never) => to.writeUInt32LE(value),
    take: (from: Buffer) => from.readUInt32LE(),
  },
  i: { size: 4, put: (to: Buffer, value: never) => to.writeInt32LE(value), take: (from: Buffer) => from.readInt32LE() },
  u: {
    size: 4,
    put: (to: Buffer, value: never) => to.writeUInt32LE(value),
    take: (from: Buffer) => from.readUInt32LE(),
  },
  x: {
    size: 8,
    put: (to: Buffer, value: never) => to.writeBigInt64LE(value),
    take: (from: Buffer) => from.readBigInt64LE(),
  },
  t: {
    size: 8,
    put: (to: Buffer, value: never) => to.writeBigUInt64LE(value),
    take: (from: Buffer) => from.readBigUInt64LE(),
  },
} as const;

function isFixed(type: string): type is keyof typeof FIXED {
  return Object.hasOwn(FIXED, type);
}

function alignmentOf(type: string): number {
  const first = type[0]!;
  if (isFixed(first)) return FIXED[first].size;
  if (first === "(" || first === "{") return 8;
  return first === "g" || first === "v" ? 1 : 4;
}

class Writer {
  private parts: Buffer[] = [];
  private length = 0;

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  put(type: string, value: unknown): void {
    const first = type[0]!;
    this.align(alignmentOf(type));
    if (isFixed(first)) this.putFixed(first, value);
    else if (first === "s" || first === "o") this.putText(value as string, "u");
    else if (first === "g") this.putText(value as string, "y");
    else if (first === "v") this.putVariant(value as Variant);
    else if (first === "a") this.putArray(type.slice(1), value as readonly unknown[]);
    else this.putAll(type.slice(1, -1), value as readonly unknown[]);
  }

  private putFixed(type: keyof typeof FIXED, value: unknown): void {
    const bytes = Buffer.alloc(FIXED[type].size);
    FIXED[type].put(bytes, value as never);
    this.append(bytes);
  }

  private putText(text: string, lengthType: "u" | "y"): void {
    this.putFixed(lengthType, Buffer.byteLength(text));
    this.append(Buffer.from(`${text}\0`));
  }

  private putVariant({ type, value }: Variant): void {
    this.put("g", type);
    this.put(type, value);
  }

  /** The length does not count the padding before the first item. */
  private putArray(type: string, items: readonly unknown[]): void {
    const length = Buffer.alloc(4);
    this.append(length);
    this.align(alignmentOf(type));
    const start = this.length;
    for (const item of items) this.put(type, item);
    length.writeUInt32LE(this.length - start);
  }

  private putAll(signature: string, values: readonly unknown[]): void {
    for (const [at, type] of splitTypes(signature).entries()) this.put(type, values[at]);
  }

  private align(to: number): void {
    this.append(Buffer.alloc((to - (this.length % to)) % to));
  }

  private append(bytes: Buffer): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }
}

class Reader {
  private readonly bytes: Buffer;
  private readonly start: number;
  private at: number;

  constructor(bytes: Buffer, start: number) {
    this.bytes = bytes;
    this.start = start;
    this.at = start;
  }

  take(type: string): unknown {
    const first = type[0]!;
    this.align(alignmentOf(type));
    if (isFixed(first)) return FIXED[first].take(this.next(FIXED[first].size));
    if (first === "s" || first === "o") return this.takeText(this.take("u") as number);
    if (first === "g") return this.takeText(this.take("y") as number);
    if (first === "v") return this.takeVariant();
    if (first === "a") return this.takeArray(type.slice(1));
    return splitTypes(type.slice(1, -1)).map((one) => this.take(one));
  }

  private takeText(length: number): string {
    return this.next(length + 1).toString("utf8", 0, length);
  }

  private takeVariant(): Variant {
    const type = this.take("g") as string;
    return { type, value: this.take(type) };
  }

  private takeArray(type: string): readonly unknown[] {
    const length = this.take("u") as number;
    this.align(alignmentOf(type));
    const end = this.at + length;
    const items: unknown[] = [];
    while (this.at < end) items.push(this.take(type));
    return items;
  }

  private align(to: number): void {
    this.at += (to - ((this.at - this.start) % to)) % to;
  }

  private next(size: number): Buffer {
    if (this.at + size > this.bytes.length) throw new RangeError("message cut short");
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}
