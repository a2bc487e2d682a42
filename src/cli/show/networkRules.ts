import type { AddressRange, NetworkRule, SocketAddresses } from "../../model/networkRule.ts";

/** What the BPF programs of a rule do, in words. */
export function describeNetworkRule(rule: NetworkRule): string {
  switch (rule.kind) {
    case "packets":
      return `filters packets: ${verdicts(rule.allow.map(formatRange), rule.deny.map(formatRange))}`;
    case "binds":
      return `filters bind(2): ${verdicts(rule.allow.map(formatAddresses), rule.deny.map(formatAddresses))}`;
    case "interfaces":
      return `filters packets by interface: ${rule.names.join(" ")} ${rule.listed}`;
    case "accounting":
      return "counts packets and bytes";
  }
}

function verdicts(allow: readonly string[], deny: readonly string[]): string {
  return `${deny.join(" ")} denied${allow.length === 0 ? "" : ` except ${allow.join(" ")}`}`;
}

function formatRange({ address, bits, port }: AddressRange): string {
  if (port !== undefined) return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return bits === (address.includes(":") ? 128 : 32) ? address : `${address}/${bits}`;
}

function formatAddresses({ family, protocol, ports }: SocketAddresses): string {
  const range = ports && (ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`);
  const parts = [family && `ipv${family}`, protocol, range].filter((part) => part !== undefined);
  return parts.length === 0 ? "any" : parts.join(":");
}
