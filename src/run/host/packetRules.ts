import { UserError } from "../../errors.ts";
import { PLACES } from "../../host/runtimePlaces.ts";
import type { AddressRange } from "../../model/networkRule.ts";
import { statusOf } from "../../sys/files/status.ts";
import { filterThrough } from "../../sys/process/process.ts";

/** nft(8), which filters a network namespace without rights on the host. */
export function findNft(): string | undefined {
  return find("nft");
}

/**
 * Lets packets leave the network namespace that `file` refers to for these addresses and loopback alone; only a process
 * with CAP_NET_ADMIN in it can change that. Without rights on the host no thread could come back from it, so a program goes.
 * @throws UserError
 */
export function filterNamespace(file: string, ranges: readonly AddressRange[]): void {
  const command = [`--net=${file}`, findNft() ?? "nft", "-f", "-"];
  const { code, errors } = filterThrough(find("nsenter") ?? "/usr/bin/nsenter", command, rulesFor(ranges));
  if (code !== 0) throw new UserError(`cannot honour --allow-net: nft failed: ${errors.trim().split("\n")[0]}`);
}

function find(name: string): string | undefined {
  return PLACES.map((directory) => `${directory}/${name}`).find((path) => statusOf(path)?.isFile());
}

function rulesFor(ranges: readonly AddressRange[]): string {
  return `table inet dynuser {
  chain output {
    type filter hook output priority 0; policy drop;
    oif lo accept
    ${ranges.map(acceptRule).join("\n    ")}
  }
}
`;
}

function acceptRule({ address, bits, port }: AddressRange): string {
  const family = address.includes(":") ? "ip6" : "ip";
  const ports = port === undefined ? "" : ` meta l4proto { tcp, udp } th dport ${port}`;
  return `${family} daddr ${address}/${bits}${ports} accept`;
}
