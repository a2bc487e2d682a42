import type { Value } from "../model/directive.ts";
import { readWords } from "./words.ts";

/** Address families of socket(2), from <bits/socket.h>. */
const FAMILIES: Readonly<Record<string, number>> = {
  AF_LOCAL: 1,
  AF_UNIX: 1,
  AF_FILE: 1,
  AF_INET: 2,
  AF_AX25: 3,
  AF_IPX: 4,
  AF_APPLETALK: 5,
  AF_NETROM: 6,
  AF_BRIDGE: 7,
  AF_ATMPVC: 8,
  AF_X25: 9,
  AF_INET6: 10,
  AF_ROSE: 11,
  AF_DECnet: 12,
  AF_NETBEUI: 13,
  AF_SECURITY: 14,
  AF_KEY: 15,
  AF_NETLINK: 16,
  AF_ROUTE: 16,
  AF_PACKET: 17,
  AF_ASH: 18,
  AF_ECONET: 19,
  AF_ATMSVC: 20,
  AF_RDS: 21,
  AF_SNA: 22,
  AF_IRDA: 23,
  AF_PPPOX: 24,
  AF_WANPIPE: 25,
  AF_LLC: 26,
  AF_IB: 27,
  AF_MPLS: 28,
  AF_CAN: 29,
  AF_TIPC: 30,
  AF_BLUETOOTH: 31,
  AF_IUCV: 32,
  AF_RXRPC: 33,
  AF_ISDN: 34,
  AF_PHONET: 35,
  AF_IEEE802154: 36,
  AF_CAIF: 37,
  AF_ALG: 38,
  AF_NFC: 39,
  AF_VSOCK: 40,
  AF_KCM: 41,
  AF_QIPCRTR: 42,
  AF_SMC: 43,
  AF_XDP: 44,
  AF_MCTP: 45,
};

export interface FamilyLine {
  /** It began with `~`. */
  readonly inverted: boolean;
  /** `none`: clears the list and allows nothing. */
  readonly none: boolean;
  readonly families: readonly number[];
}

export interface FamilyList {
  readonly polarity: "listed" | "unlisted";
  readonly families: readonly number[];
}

/** RestrictAddressFamilies= (config_parse_address_families, src/core/load-fragment.c). */
export const addressFamilies: Value<readonly FamilyLine[]> = {
  syntax: "none | [~]AF_…",
  parse: (text, reading) => {
    if (text === "none") return [{ inverted: false, none: true, families: [] }];
    const inverted = text.startsWith("~");
    const words = readWords(inverted ? text.slice(1) : text, reading, { unquote: true });
    const known = words.filter((word) => {
      const found = Object.hasOwn(FAMILIES, word);
      if (!found) reading.complain(word, "an address family such as AF_UNIX or AF_INET, or none");
      return found;
    });
    return [{ inverted, none: false, families: known.map((word) => FAMILIES[word]!) }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

/** The first line selects an allow-list or a deny-list; lines of the same kind add, the others remove; `none` resets. */
export function resolveFamilies(lines: readonly FamilyLine[]): FamilyList {
  let unlisted: boolean | undefined;
  const families = new Set<number>();
  for (const line of lines) {
    if (line.none) {
      unlisted = undefined;
      families.clear();
      continue;
    }
    unlisted ??= line.inverted;
    for (const family of line.families) {
      if (line.inverted === unlisted) families.add(family);
      else families.delete(family);
    }
  }
  return { polarity: unlisted === true ? "unlisted" : "listed", families: [...families].sort((a, b) => a - b) };
}
