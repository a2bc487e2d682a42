import { ownAnnotation } from "./ownAnnotation.ts";

/** What a BPF program on the container's cgroup enforces or counts, for all processes in it. */
export type NetworkRule = PacketRule | BindRule | InterfaceRule | AccountingRule;

export type Direction = "ingress" | "egress";

/**
 * Packets of IPv4 and IPv6 sockets by the address of the other side: those in `allow` pass, others in `deny` do not, all
 * others pass.
 */
export interface PacketRule {
  readonly kind: "packets";
  readonly allow: readonly AddressRange[];
  readonly deny: readonly AddressRange[];
  /** Remembers the destinations of packets that do not pass. */
  readonly remembersRefused?: true;
}

/** An address with the bits of its prefix that count. */
export interface AddressRange {
  readonly address: string;
  readonly bits: number;
  /** Of TCP and UDP, with a whole address; absent: any protocol and port. */
  readonly port?: number;
}

/** Calls of bind(2): those in `allow` succeed, others in `deny` fail with EPERM, all others succeed. */
export interface BindRule {
  readonly kind: "binds";
  readonly allow: readonly SocketAddresses[];
  readonly deny: readonly SocketAddresses[];
}

/** Addresses of sockets; what is absent may be anything. */
export interface SocketAddresses {
  readonly family?: 4 | 6;
  readonly protocol?: "tcp" | "udp";
  /** Inclusive. */
  readonly ports?: { readonly from: number; readonly to: number };
}

/** Packets by the network interface, whose names are those of the container's network namespace. */
export interface InterfaceRule {
  readonly kind: "interfaces";
  readonly listed: "allowed" | "denied";
  readonly names: readonly string[];
}

/** Counts packets and bytes that pass. */
export interface AccountingRule {
  readonly kind: "accounting";
}

/** A rule with its directive, for errors of the kernel. */
export interface OwnedNetworkRule {
  readonly owner: string;
  readonly rule: NetworkRule;
}

/** A hook reads them from the container's state before the program starts. */
export const { write: annotateNetworkRules, read: networkRulesOf } =
  ownAnnotation<OwnedNetworkRule>("org.dynuser.network");
