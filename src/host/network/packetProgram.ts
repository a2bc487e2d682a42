import type { Direction } from "../../model/networkRule.ts";
import {
  add,
  addTo,
  and,
  call,
  copy,
  exit,
  jump,
  jumpIf,
  type Line,
  label,
  load,
  map,
  or,
  type Register,
  set,
  shiftLeft,
  stack,
  store,
  storeNumber,
} from "./assembler.ts";

/** Descriptors of the maps that a program of CGROUP_SKB uses. */
export interface PacketMaps {
  readonly lists: readonly AddressMap[];
  /** Packets and bytes that passed, see `COUNTED`. */
  readonly counters?: number;
  /** By destination, see `REFUSED_KEY`. */
  readonly refused?: number;
  /** Whether an entry of `lists` has a port. */
  readonly hasPorts: boolean;
}

export interface AddressMap {
  readonly family: 4 | 6;
  readonly verdict: keyof typeof VERDICTS;
  /** A trie of addresses, each followed by a port. */
  readonly map: number;
}

/** Keys of the counters. */
export const COUNTED = { packets: 0, bytes: 1 } as const;

/** Offsets in the keys of refused destinations: numbers in network byte order. */
export const REFUSED_KEY = { protocol: 0, family: 1, port: 2, address: 4, bytes: 20 } as const;

export const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;
export const PORT_BYTES = 2;

const VERDICTS = { allow: 1, deny: 2 } as const;

/** Offsets in `struct __sk_buff`. */
const PACKET = { length: 0, protocol: 16 } as const;

/** Bytes of headers: ETH_P_ as read from `protocol`, and offsets in the IP header. */
const IP = {
  4: { type: 0x0008, source: 12, destination: 16, protocol: 9 },
  6: { type: 0xdd86, source: 8, destination: 24, protocol: 6 },
} as const;

/** Registers that calls keep. */
const CONTEXT = 6;
const FAMILY = 7;
const VERDICT = 8;
const PROTOCOL = 9;

/** Places on the stack: a key of the tries, which is a number of bits, an address and a port. */
const KEY = -32;
const ADDRESS = KEY + 4;
const SCRATCH = -40;
const NUMBER = -48;
const DESTINATION = -72;

const portPlace = (family: 4 | 6): number => ADDRESS + ADDRESS_BYTES[family];

/** Lets a packet pass unless its other side is denied and not allowed, as bpf_firewall_compile_bpf of systemd. */
export function packetProgram(direction: Direction, maps: PacketMaps): readonly Line[] {
  return [
    copy(CONTEXT, 1),
    set(VERDICT, 0),
    set(PROTOCOL, 0),
    load(4, FAMILY, CONTEXT, PACKET.protocol),
    jumpIf(FAMILY, "==", IP[4].type, "4"),
    jumpIf(FAMILY, "==", IP[6].type, "6"),
    jump("judge"),
    ...addressLines(4, direction, maps),
    ...addressLines(6, direction, maps),
    label("judge"),
    jumpIf(VERDICT, "!=", VERDICTS.deny, "pass"),
    set(0, 0),
    exit(),
    label("pass"),
    ...(maps.counters === undefined ? [] : countLines(maps.counters)),
    set(0, 1),
    exit(),
  ];
}

function addressLines(family: 4 | 6, direction: Direction, maps: PacketMaps): readonly Line[] {
  const { source, destination } = IP[family];
  const isRemembered = maps.refused !== undefined && direction === "egress";
  const looksAtPort = maps.hasPorts || isRemembered;
  return [
    label(String(family)),
    ...loadBytes(direction === "ingress" ? source : destination, ADDRESS, ADDRESS_BYTES[family]),
    storeNumber(10, portPlace(family), 0),
    ...(looksAtPort ? portLines(family, direction) : []),
    ...maps.lists.filter((list) => list.family === family).flatMap(lookUpLines),
    ...(isRemembered ? rememberLines(family, maps.refused!) : []),
    jump("judge"),
  ];
}

function lookUpLines({ family, verdict, map: list }: AddressMap): readonly Line[] {
  const next = `after ${verdict} ${family}`;
  return [
    storeNumber(10, KEY, 8 * (ADDRESS_BYTES[family] + PORT_BYTES)),
    ...map(1, list),
    ...stack(2, KEY),
    call("findInMap"),
    jumpIf(0, "==", 0, next),
    or(VERDICT, VERDICTS[verdict]),
    label(next),
  ];
}

const TCP = 6;
const UDP = 17;
/** IP_OFFMASK, as read from the header. */
const FRAGMENT_OFFSET = 0xff1f;
const FIXED_HEADER_BYTES = 40;

/** The port of the other side, after the address; 0 for other protocols and for what follows a first fragment. */
function portLines(family: 4 | 6, direction: Direction): readonly Line[] {
  const none = `no port ${family}`;
  const isPort = `port ${family}`;
  const place = direction === "ingress" ? 0 : 2;
  return [
    ...loadByte(IP[family].protocol, PROTOCOL),
    jumpIf(PROTOCOL, "==", TCP, isPort),
    jumpIf(PROTOCOL, "!=", UDP, none),
    label(isPort),
    ...(family === 4 ? afterHeader4(none) : [set(2, FIXED_HEADER_BYTES)]),
    add(2, place),
    ...loadBytesAt2(portPlace(family), PORT_BYTES),
    label(none),
  ];
}

/** The length of the header to register 2. */
function afterHeader4(none: string): readonly Line[] {
  return [
    ...loadBytes(6, SCRATCH, 2),
    load(2, 1, 10, SCRATCH),
    and(1, FRAGMENT_OFFSET),
    jumpIf(1, "!=", 0, none),
    ...loadByte(0, 2),
    and(2, 0x0f),
    shiftLeft(2, 2),
  ];
}

/** Counts the packet for its destination if it is refused; a map that is full forgets new ones. */
function rememberLines(family: 4 | 6, refused: number): readonly Line[] {
  const known = `known ${family}`;
  return [
    jumpIf(VERDICT, "!=", VERDICTS.deny, "judge"),
    store(1, 10, DESTINATION + REFUSED_KEY.protocol, PROTOCOL),
    set(1, family),
    store(1, 10, DESTINATION + REFUSED_KEY.family, 1),
    load(2, 1, 10, portPlace(family)),
    store(2, 10, DESTINATION + REFUSED_KEY.port, 1),
    ...[0, 4, 8, 12].flatMap((offset) => copyAddressWord(offset, ADDRESS_BYTES[family])),
    ...map(1, refused),
    ...stack(2, DESTINATION),
    call("findInMap"),
    jumpIf(0, "!=", 0, known),
    storeNumber(10, NUMBER, 1),
    storeNumber(10, NUMBER + 4, 0),
    ...map(1, refused),
    ...stack(2, DESTINATION),
    ...stack(3, NUMBER),
    set(4, 0),
    call("setInMap"),
    jump("judge"),
    label(known),
    set(1, 1),
    addTo(0, 1),
  ];
}

function copyAddressWord(offset: number, bytes: number): readonly Line[] {
  const place = DESTINATION + REFUSED_KEY.address + offset;
  if (offset >= bytes) return [storeNumber(10, place, 0)];
  return [load(4, 1, 10, ADDRESS + offset), store(4, 10, place, 1)];
}

function countLines(counters: number): readonly Line[] {
  return [
    ...countLinesOf(counters, COUNTED.packets, [set(1, 1)]),
    ...countLinesOf(counters, COUNTED.bytes, [load(4, 1, CONTEXT, PACKET.length)]),
  ];
}

function countLinesOf(counters: number, key: number, amount: readonly Line[]): readonly Line[] {
  const next = `counted ${key}`;
  return [
    storeNumber(10, NUMBER, key),
    ...map(1, counters),
    ...stack(2, NUMBER),
    call("findInMap"),
    jumpIf(0, "==", 0, next),
    ...amount,
    addTo(0, 1),
    label(next),
  ];
}

/** Copies bytes of the packet to the stack; zeros where it has none. */
function loadBytes(from: number, to: number, count: number): readonly Line[] {
  return [set(2, from), ...loadBytesAt2(to, count)];
}

/** The same from the place that register 2 holds. */
function loadBytesAt2(to: number, count: number): readonly Line[] {
  return [copy(1, CONTEXT), ...stack(3, to), set(4, count), call("loadBytes")];
}

function loadByte(from: number, to: Register): readonly Line[] {
  return [...loadBytes(from, SCRATCH, 1), load(1, to, 10, SCRATCH)];
}
