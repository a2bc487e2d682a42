import { UserError } from "../../errors.ts";
import { MOST_REFUSED, protocolName, type RefusedDestination } from "../../host/network/maps.ts";
import { PLACES } from "../../host/runtimePlaces.ts";
import type { AddressRange } from "../../model/networkRule.ts";
import { statusOf } from "../../sys/files/status.ts";
import { filterThrough } from "../../sys/process/process.ts";

/** nft(8), which filters a network namespace without rights on the host. */
export function findNft(): string | undefined {
  return find("nft");
}

/** The rules of a run's networks, each a namespace that a file refers to. */
export interface PacketRules {
  /** @throws UserError */
  apply(file: string): void;
  /** From all of them. */
  readRefused(): readonly RefusedDestination[];
}

/**
 * Lets packets leave a network namespace for these addresses and loopback alone; only a process with CAP_NET_ADMIN in it
 * can change that.
 */
export function packetRulesFor(ranges: readonly AddressRange[]): PacketRules {
  const filtered: string[] = [];
  return {
    apply: (file) => {
      runNft(file, ["-f", "-"], rulesFor(ranges));
      filtered.push(file);
    },
    readRefused: () =>
      filtered
        .flatMap((file) => readSets(runNft(file, ["--json", "--numeric", "list", "sets", "inet"])))
        .slice(0, MOST_REFUSED),
  };
}

/** Without rights on the host no thread could come back from the namespace, so a program goes. */
function runNft(file: string, args: readonly string[], input = ""): string {
  const command = [`--net=${file}`, findNft() ?? "nft", ...args];
  const { code, output, errors } = filterThrough(find("nsenter") ?? "/usr/bin/nsenter", command, input);
  if (code !== 0) throw new UserError(`cannot honour --allow-net: nft failed: ${errors.trim().split("\n")[0]}`);
  return new TextDecoder().decode(output);
}

function find(name: string): string | undefined {
  return PLACES.map((directory) => `${directory}/${name}`).find((path) => statusOf(path)?.isFile());
}

/** By which neighbours and routers find each other; IPv6 does not work without. */
const NEIGHBOURS = "nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report";

/** A set that is full, and a packet that has no such fields, only end the rule. A refused program shall not wait. */
function rulesFor(ranges: readonly AddressRange[]): string {
  return `table inet dynuser {
  ${REFUSED.map(({ name, type }) => `set ${name} { type ${type}; size ${MOST_REFUSED}; flags dynamic; counter; }`).join("\n  ")}
  chain output {
    type filter hook output priority 0; policy drop;
    oif lo accept
    icmpv6 type { ${NEIGHBOURS} } accept
    ${ranges.map(acceptRule).join("\n    ")}
    ${REFUSED.map(({ name, protocols, key }) => `meta l4proto ${protocols} add @${name} { ${key} }`).join("\n    ")}
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
}
`;
}

/** What is remembered of refused packets: sets of nftables, with a counter for each destination. */
const REFUSED = ([4, 6] as const).flatMap((version) => {
  const address = version === 4 ? "ip daddr" : "ip6 daddr";
  return [
    {
      name: `connections${version}`,
      type: `ipv${version}_addr . inet_proto . inet_service`,
      protocols: "{ tcp, udp }",
      key: `${address} . meta l4proto . th dport`,
    },
    {
      name: `packets${version}`,
      type: `ipv${version}_addr . inet_proto`,
      protocols: "!= { tcp, udp }",
      key: `${address} . meta l4proto`,
    },
  ];
});

/** Of libnftables-json(5). */
interface Listing {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly SetElement[] } }[];
}

interface SetElement {
  readonly elem: {
    readonly val: { readonly concat: readonly [string, number, number?] };
    readonly counter: { readonly packets: number };
  };
}

function readSets(json: string): readonly RefusedDestination[] {
  const { nftables } = JSON.parse(json) as Listing;
  return nftables.flatMap(({ set }) => set?.elem?.map(destinationOf) ?? []);
}

function destinationOf({ elem: { val, counter } }: SetElement): RefusedDestination {
  const [address, protocol, port] = val.concat;
  return {
    address,
    ...(port !== undefined && { port }),
    protocol: protocolName(protocol),
    packets: counter.packets,
  };
}

function acceptRule({ address, bits, port }: AddressRange): string {
  const family = address.includes(":") ? "ip6" : "ip";
  const ports = port === undefined ? "" : ` meta l4proto { tcp, udp } th dport ${port}`;
  return `${family} daddr ${address}/${bits}${ports} accept`;
}
