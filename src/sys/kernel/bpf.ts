import { ptr } from "bun:ffi";
import { check, cString, systemCall } from "./libc.ts";

/* bpf(2). Maps and programs live as long as a descriptor, a program or a cgroup refers to them. */

const MAPS = { hash: 1, array: 2, lpmTrie: 11 } as const;

export interface MapShape {
  readonly type: keyof typeof MAPS;
  /** Bytes. */
  readonly key: number;
  /** Bytes. */
  readonly value: number;
  readonly entries: number;
}

/** BPF_PROG_TYPE_ and BPF_ATTACH_TYPE_ of the hooks of a cgroup. */
const HOOKS = {
  ingress: { type: 8, attach: 0 },
  egress: { type: 8, attach: 1 },
  bind4: { type: 18, attach: 8 },
  bind6: { type: 18, attach: 9 },
} as const;

export type CgroupHook = keyof typeof HOOKS;

const COMMANDS = { createMap: 0, lookUp: 1, update: 2, nextKey: 4, load: 5, attach: 8 } as const;

/** A trie has to be allocated entry by entry. */
const BPF_F_NO_PREALLOC = 1;
/** Programs of parents and children run as well, and the packet passes only if all let it pass. */
const BPF_F_ALLOW_MULTI = 2;
const INSTRUCTION_BYTES = 8;
const LICENSE = cString("Apache-2.0");

/** A descriptor of the new map. */
export function createMap({ type, key, value, entries }: MapShape): number {
  const flags = type === "lpmTrie" ? BPF_F_NO_PREALLOC : 0;
  return check(bpf("createMap", [MAPS[type], key, value, Math.max(entries, 1), flags]), "create a BPF map");
}

export function setInMap(map: number, key: Uint8Array, value: Uint8Array): void {
  check(bpf("update", [map, 0, key, value, 0, 0]), "write a BPF map");
}

/** The value of `bytes` bytes; undefined where the map has none. */
export function findInMap(map: number, key: Uint8Array, bytes: number): Uint8Array | undefined {
  const value = new Uint8Array(bytes);
  return bpf("lookUp", [map, 0, key, value, 0, 0]) < 0 ? undefined : value;
}

/** The keys of a map, of `bytes` bytes each. */
export function* keysOfMap(map: number, bytes: number): Iterable<Uint8Array> {
  for (let last: Uint8Array | undefined; ; ) {
    const next = new Uint8Array(bytes);
    if (bpf("nextKey", [map, 0, last ?? NOTHING, next]) < 0) return;
    yield next;
    last = next;
  }
}

/**
 * A descriptor of the loaded program.
 * @throws SystemError EPERM without CAP_BPF and CAP_NET_ADMIN in the first user namespace
 */
export function loadProgram(hook: CgroupHook, program: Uint8Array): number {
  const { type, attach } = HOOKS[hook];
  const noLog = [0, 0, NOTHING, 0, 0];
  const name = [0, 0, 0, 0];
  const words = [type, program.length / INSTRUCTION_BYTES, program, LICENSE, ...noLog, ...name, 0, attach];
  return check(bpf("load", words), "load a BPF program");
}

/** Runs the program for `cgroup`, an open directory of version 2, until that is removed. */
export function attachProgram(hook: CgroupHook, program: number, cgroup: number): void {
  check(bpf("attach", [cgroup, program, HOOKS[hook].attach, BPF_F_ALLOW_MULTI]), "attach a BPF program");
}

/** A null pointer. */
const NOTHING = new Uint8Array(0);

type Word = number | Uint8Array;

/** `union bpf_attr`: numbers have 32 bits, buffers become pointers of 64. */
function bpf(command: keyof typeof COMMANDS, words: readonly Word[]): number {
  const attributes = new DataView(new ArrayBuffer(128));
  let offset = 0;
  for (const word of words) {
    if (typeof word === "number") {
      attributes.setUint32(offset, word, true);
      offset += 4;
    } else {
      attributes.setBigUint64(offset, word.length === 0 ? 0n : BigInt(ptr(word)), true);
      offset += 8;
    }
  }
  return systemCall("bpf", COMMANDS[command], attributes, attributes.byteLength);
}
