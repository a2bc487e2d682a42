import { directive } from "../model/directive.ts";
import { type Condition, errno, forbid, MAXIMUM } from "../model/filter.ts";
import { graded } from "../model/suggestion.ts";
import { addressFamilies, type FamilyList, resolveFamilies } from "../values/addressFamilies.ts";

const EAFNOSUPPORT = 97;
/** No family has a higher number; the kernel refuses higher ones with the same errno. */
const BEYOND_FAMILIES = 256n;

export const RestrictAddressFamilies = directive({
  name: "RestrictAddressFamilies",
  summary: "Limits the address families of socket(2) to those listed, or with ~ to all others",
  value: addressFamilies,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 4, ...graded("none", "AF_UNIX", "AF_UNIX AF_INET AF_INET6", "AF_UNIX AF_INET AF_INET6 AF_NETLINK") },
  deviation:
    "Families are compared with all 64 bits of the argument, including the upper half. On 32-bit x86, which systemd does not filter, socket(2) is filtered too, and socketcall(2) creates sockets only if the engine's profile allows it.",
  filter: {
    order: 20,
    rules(lines) {
      const list = resolveFamilies(lines);
      if (list.polarity === "unlisted" && list.families.length === 0) return undefined;
      const rules = conditionsOf(list).map((condition) => ({ calls: ["socket"], when: [condition] }));
      return forbid(errno(EAFNOSUPPORT), rules.length === 0 ? [{ calls: ["socket"] }] : rules);
    },
  },
});

/** The refused families as ranges; an empty list refuses every family. */
function conditionsOf({ polarity, families }: FamilyList): readonly Condition[] {
  const values = families.map(BigInt);
  if (polarity === "unlisted") return [...values.map((value) => range(value, value)), range(BEYOND_FAMILIES, MAXIMUM)];
  if (values.length === 0) return [];
  const starts = [0n, ...values.map((value) => value + 1n)];
  const ends = [...values.map((value) => value - 1n), MAXIMUM];
  return starts.map((from, index) => range(from, ends[index]!)).filter(({ from, to }) => from <= to);
}

function range(from: bigint, to: bigint) {
  return { argument: 0, from, to };
}
