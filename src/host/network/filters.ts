import type { BindRule, InterfaceRule, NetworkRule, OwnedNetworkRule, PacketRule } from "../../model/networkRule.ts";
import { withContext } from "../../sys/failure.ts";
import { using } from "../../sys/files/directory.ts";
import { closeFile, O_RDONLY, openFile } from "../../sys/files/files.ts";
import { attachProgram, type CgroupHook, loadProgram } from "../../sys/kernel/bpf.ts";
import { inNetworkNamespace, interfaceIndex } from "../../sys/kernel/networkNamespace.ts";
import { assemble, type Line } from "./assembler.ts";
import { bindProgram } from "./bindProgram.ts";
import { interfaceProgram } from "./interfaceProgram.ts";
import { makeAddressMaps, makeCounters, makeRefused } from "./maps.ts";
import { packetProgram } from "./packetProgram.ts";

/** The filters of one cgroup. */
export interface AttachedFilters {
  /** Descriptors of maps, which the caller closes. */
  readonly maps: FilterMaps;
  /** Denied interfaces that the network does not have. */
  readonly missing: readonly string[];
}

export interface FilterMaps {
  readonly ingress?: number;
  readonly egress?: number;
  readonly refused?: number;
}

interface Target {
  /** The init of a container that waits to be started. */
  readonly pid: number;
  /** Its directory in the hierarchy of version 2, which no other container shares. */
  readonly cgroup: string;
}

/**
 * Attaches BPF programs to the container's cgroup for as long as that exists, in addition to those of the cgroups above.
 * @throws UserError that names the directive
 */
export function attachFilters(rules: readonly OwnedNetworkRule[], { pid, cgroup }: Target): AttachedFilters {
  return using(openFile(cgroup, O_RDONLY), (directory) => {
    const attach = (hook: CgroupHook, lines: readonly Line[]): void =>
      using(loadProgram(hook, assemble(lines)), (program) => attachProgram(hook, program, directory));
    const attached = countedByPackets(rules).map(({ owner, rule }) =>
      withContext(`honour ${owner}=`, () => ATTACHERS[rule.kind](rule as never, { attach, pid })),
    );
    return {
      maps: Object.assign({}, ...attached.map(({ maps }) => maps)),
      missing: attached.flatMap(({ missing = [] }) => missing),
    };
  });
}

export function closeMaps(maps: FilterMaps): void {
  for (const map of Object.values(maps)) closeFile(map);
}

interface CountedPackets extends PacketRule {
  readonly isCounted?: true;
}
type Attachable = CountedPackets | BindRule | InterfaceRule;

/** Only the program that judges a packet knows whether it passes. */
function countedByPackets(
  rules: readonly OwnedNetworkRule[],
): readonly { readonly owner: string; readonly rule: Attachable }[] {
  const accounting = rules.find(({ rule }) => rule.kind === "accounting");
  const others = rules.filter(isOther);
  if (accounting === undefined) return others;
  const judge = others.find(({ rule }) => rule.kind === "packets");
  const counted = { kind: "packets", allow: [], deny: [], ...judge?.rule, isCounted: true } as const;
  const { owner } = judge ?? accounting;
  return [{ owner, rule: counted }, ...others.filter((one) => one !== judge)];
}

function isOther(owned: OwnedNetworkRule): owned is OwnedNetworkRule & { readonly rule: Attachable } {
  return owned.rule.kind !== "accounting";
}

interface Means {
  readonly pid: number;
  attach(hook: CgroupHook, lines: readonly Line[]): void;
}

type Attached = Partial<AttachedFilters>;

const ATTACHERS: {
  readonly [K in Exclude<NetworkRule["kind"], "accounting">]: (
    rule: Extract<Attachable, { readonly kind: K }>,
    means: Means,
  ) => Attached;
} = { packets: attachPackets, binds: attachBinds, interfaces: attachInterfaces };

function attachPackets(rule: CountedPackets, { attach }: Means): Attached {
  const lists = makeAddressMaps(rule);
  const hasPorts = [...rule.allow, ...rule.deny].some(({ port }) => port !== undefined);
  const counters = rule.isCounted ? { ingress: makeCounters(), egress: makeCounters() } : {};
  const refused = rule.remembersRefused ? { refused: makeRefused() } : {};
  for (const direction of ["ingress", "egress"] as const) {
    const counted = counters[direction];
    attach(
      direction,
      packetProgram(direction, { lists, hasPorts, ...refused, ...(counted !== undefined && { counters: counted }) }),
    );
  }
  for (const { map } of lists) closeFile(map);
  return { maps: { ...counters, ...refused } };
}

function attachBinds(rule: BindRule, { attach }: Means): Attached {
  attach("bind4", bindProgram(4, rule));
  attach("bind6", bindProgram(6, rule));
  return {};
}

function attachInterfaces({ names, listed }: InterfaceRule, { attach, pid }: Means): Attached {
  const found = inNetworkNamespace(pid, () => names.map((name) => ({ name, index: interfaceIndex(name) })));
  const program = interfaceProgram(
    found.flatMap(({ index }) => index ?? []),
    listed,
  );
  attach("ingress", program);
  attach("egress", program);
  const missing = found.filter(({ index }) => index === undefined).map(({ name }) => name);
  return { missing: listed === "denied" ? missing : [] };
}
