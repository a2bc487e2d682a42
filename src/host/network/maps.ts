import type { AddressRange, PacketRule } from "../../model/networkRule.ts";
import { createMap, findInMap, keysOfMap, setInMap } from "../../sys/kernel/bpf.ts";
import { addressBytes, addressText } from "./addressBytes.ts";
import { ADDRESS_BYTES, type AddressMap, COUNTED, PORT_BYTES, REFUSED_KEY } from "./packetProgram.ts";

const NUMBER_BYTES = 4;
const COUNT_BYTES = 8;

/** No more destinations than these are remembered. */
export const MOST_REFUSED = 256;

/** A trie of addresses for each family and verdict that has any. */
export function makeAddressMaps(rule: PacketRule): readonly AddressMap[] {
  return (["deny", "allow"] as const).flatMap((verdict) =>
    ([4, 6] as const).flatMap((family) => {
      const ranges = rule[verdict].filter(({ address }) => address.includes(":") === (family === 6));
      return ranges.length === 0 ? [] : [{ family, verdict, map: makeTrie(family, ranges) }];
    }),
  );
}

function makeTrie(family: 4 | 6, ranges: readonly AddressRange[]): number {
  const bytes = ADDRESS_BYTES[family];
  const key = NUMBER_BYTES + bytes + PORT_BYTES;
  const trie = createMap({ type: "lpmTrie", key, value: 1, entries: ranges.length });
  for (const { address, bits, port } of ranges) {
    const entry = new DataView(new ArrayBuffer(key));
    entry.setUint32(0, port === undefined ? bits : 8 * (bytes + PORT_BYTES), true);
    new Uint8Array(entry.buffer).set(addressBytes(address), NUMBER_BYTES);
    entry.setUint16(NUMBER_BYTES + bytes, port ?? 0);
    setInMap(trie, new Uint8Array(entry.buffer), Uint8Array.of(1));
  }
  return trie;
}

export function makeCounters(): number {
  return createMap({ type: "array", key: NUMBER_BYTES, value: COUNT_BYTES, entries: Object.keys(COUNTED).length });
}

export function readCounter(counters: number, name: keyof typeof COUNTED): bigint {
  return toCount(findInMap(counters, Uint8Array.from([COUNTED[name], 0, 0, 0]), COUNT_BYTES));
}

export function makeRefused(): number {
  return createMap({ type: "hash", key: REFUSED_KEY.bytes, value: COUNT_BYTES, entries: MOST_REFUSED });
}

/** A destination whose packets did not pass. */
export interface RefusedDestination {
  readonly address: string;
  /** Of TCP and UDP. */
  readonly port?: number;
  /** `tcp`, `udp` …, or its number. */
  readonly protocol: string;
  readonly packets: number;
}

export function readRefused(refused: number): readonly RefusedDestination[] {
  return [...keysOfMap(refused, REFUSED_KEY.bytes)].map((key) => {
    const view = new DataView(key.buffer);
    const port = view.getUint16(REFUSED_KEY.port);
    const bytes = ADDRESS_BYTES[view.getUint8(REFUSED_KEY.family) as 4 | 6];
    return {
      address: addressText(key.slice(REFUSED_KEY.address, REFUSED_KEY.address + bytes)),
      ...(port !== 0 && { port }),
      protocol: protocolName(view.getUint8(REFUSED_KEY.protocol)),
      packets: Number(toCount(findInMap(refused, key, COUNT_BYTES))),
    };
  });
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp" };

export function protocolName(number: number): string {
  return PROTOCOLS[number] ?? String(number);
}

function toCount(value: Uint8Array | undefined): bigint {
  return value === undefined ? 0n : new DataView(value.buffer).getBigUint64(0, true);
}
