import { directive } from "../directive.ts";
import { type Condition, errno, forbid, MAXIMUM } from "../filter.ts";
import { addressFamilies, type FamilyList, resolveFamilies } from "../values/addressFamilies.ts";

const EAFNOSUPPORT = 97;
/** Larger than any family of the kernel, which refuses them with the same errno. */
const BEYOND_FAMILIES = 256n;

export const RestrictAddressFamilies = directive({
  name: "RestrictAddressFamilies",
  summary: "Address families that socket() may use, or with ~ those that it may not",
  value: addressFamilies,
  support: "partial",
  effect: "takes",
  deviation:
    "Families are compared with all 64 bits of the argument, so that nothing is hidden in the upper half. On 32-bit x86, where systemd does not filter, socket(2) is filtered too and socketcall(2) makes no sockets unless the engine has arranged it.",
  *plan(lines) {
    const list = resolveFamilies(lines);
    const when = conditionsOf(list);
    if (list.polarity === "unlisted" && list.families.length === 0) return;
    const rules = when.map((condition) => ({ calls: ["socket"], when: [condition] }));
    yield {
      kind: "seccomp",
      filter: forbid(
        "RestrictAddressFamilies",
        errno(EAFNOSUPPORT),
        when.length === 0 ? [{ calls: ["socket"] }] : rules,
      ),
    };
  },
});

/** The families that are refused, as ranges; none means every one. */
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
