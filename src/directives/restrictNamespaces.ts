import { directive } from "../directive.ts";
import { errno, type Filter, type FilterRule } from "../filter.ts";
import { ALL_NAMESPACES, NAMESPACE_FLAGS, namespaces, retainedNamespaces } from "../values/namespaces.ts";

const EPERM = 1;
const ENOSYS = 38;

export const RestrictNamespaces = directive({
  name: "RestrictNamespaces",
  summary: "Types of namespaces that processes may make and join, or with ~ those that they may not",
  value: namespaces,
  support: "partial",
  effect: "takes",
  deviation:
    "setns(2) looks at 32 bits of its second argument, as the kernel does; systemd's filter can be passed by setting others.",
  *plan(lines) {
    const retained = retainedNamespaces(lines);
    if ((retained & ALL_NAMESPACES) === ALL_NAMESPACES) return;
    yield { kind: "seccomp", filter: filterOf(retained) };
  },
});

/** As seccomp_restrict_namespaces() of systemd; clone3(2) keeps its flags in memory, where no filter sees them. */
function filterOf(retained: number): Filter {
  const blocked = Object.values(NAMESPACE_FLAGS).filter((flag) => (retained & flag) === 0);
  const verdict = errno(EPERM);
  const flagged = (calls: readonly string[], argument: number): readonly FilterRule[] =>
    blocked.map((flag) => ({ calls, when: [{ argument, mask: BigInt(flag), value: BigInt(flag) }], verdict }));
  const anyType = [{ argument: 1, mask: 0xffff_ffffn, value: 0n }];
  const setns =
    (retained & ALL_NAMESPACES) === 0
      ? [{ calls: ["setns"], verdict }]
      : [...flagged(["setns"], 1), { calls: ["setns"], when: anyType, verdict }];
  return {
    name: "RestrictNamespaces",
    otherwise: { action: "allow" },
    rules: [{ calls: ["clone3"], verdict: errno(ENOSYS) }, ...flagged(["clone", "unshare"], 0), ...setns],
  };
}
