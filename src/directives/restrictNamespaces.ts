import { directive } from "../model/directive.ts";
import { ALLOW, errno, type FilterRule, type FilterRules } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { ALL_NAMESPACES, NAMESPACE_FLAGS, namespaces, retainedNamespaces } from "../values/namespaces.ts";

const EPERM = 1;
const ENOSYS = 38;

/** In the order of systemd-analyze(1) security. */
const GROUPS = ["user", "mnt", "ipc", "pid", "cgroup", "net", "uts"];

export const RestrictNamespaces = directive({
  name: "RestrictNamespaces",
  summary: "Limits the namespace types that processes can create and join to those listed, or with ~ to all others",
  value: namespaces,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 3, ...grade("yes", ...GROUPS.map((name) => grade(`~${name}`))) },
  deviation:
    "The filter for setns(2) compares 32 bits of the second argument, as the kernel does; systemd's filter is bypassed by setting higher bits.",
  filter: {
    order: 60,
    rules(lines) {
      const retained = retainedNamespaces(lines);
      return (retained & ALL_NAMESPACES) === ALL_NAMESPACES ? undefined : denyOthers(retained);
    },
  },
});

/** As seccomp_restrict_namespaces() of systemd; clone3(2) has its flags in memory, which filters cannot read. */
function denyOthers(retained: number): FilterRules {
  const blocked = Object.values(NAMESPACE_FLAGS).filter((flag) => (retained & flag) === 0);
  const action = errno(EPERM);
  const flagged = (calls: readonly string[], argument: number): readonly FilterRule[] =>
    blocked.map((flag) => ({ calls, when: [{ argument, mask: BigInt(flag), value: BigInt(flag) }], action }));
  const anyType = [{ argument: 1, mask: 0xffff_ffffn, value: 0n }];
  const setns =
    (retained & ALL_NAMESPACES) === 0
      ? [{ calls: ["setns"], action }]
      : [...flagged(["setns"], 1), { calls: ["setns"], when: anyType, action }];
  return {
    defaultAction: ALLOW,
    rules: [{ calls: ["clone3"], action: errno(ENOSYS) }, ...flagged(["clone", "unshare"], 0), ...setns],
  };
}
