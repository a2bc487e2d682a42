import { InvalidValueError, quote, UserError } from "../../errors.ts";
import type { AddressRange } from "../../model/networkRule.ts";
import { resolveName } from "../../sys/resolveName.ts";
import { isAddress, isRangeWord, parseRange } from "../../values/addressRanges.ts";

/** What --allow-net names, resolved. */
export interface AllowedHosts {
  readonly ranges: readonly AddressRange[];
  /** Names with their addresses, as /etc/hosts has them. */
  readonly names: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/**
 * Resolves the values of --allow-net, each a list of `HOST[:PORT]` with commas: names, addresses, prefixes, or the words of
 * IPAddressAllow=.
 * @throws UserError for a name that has no address now
 */
export async function resolveAllowed(values: readonly string[]): Promise<AllowedHosts> {
  const items = values.flatMap((value) => value.split(",")).map((item) => item.trim());
  const resolved = await Promise.all(items.filter((item) => item !== "").map(resolveItem));
  return {
    ranges: resolved.flatMap(({ ranges }) => ranges),
    names: resolved.flatMap(({ names }) => names),
  };
}

/** `[ADDRESS]:PORT`, `HOST:PORT`, or what stands alone: an address of version 6 has several colons. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/;

async function resolveItem(item: string): Promise<AllowedHosts> {
  const [, bracketed, plain, digits] = WITH_PORT.exec(item) ?? [];
  const host = bracketed ?? plain ?? item.replace(/^\[(.*)\]$/, "$1");
  const port = digits === undefined ? undefined : readPort(digits, item);
  const written = rangesOf(host, port, item);
  if (written !== undefined) return { ranges: written.map((range) => withPort(range, port, item)), names: [] };
  if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host)) throw refusal(item);
  const addresses = await resolveName(host);
  if (addresses === undefined) throw new UserError(`cannot resolve ${quote(host)} (--allow-net)`);
  const ranges = addresses.map((address) => ({ address, bits: address.includes(":") ? 128 : 32 }));
  return { ranges: ranges.map((range) => withPort(range, port, item)), names: [{ name: host, addresses }] };
}

/** Of an address, a prefix or a word; undefined for a name. */
function rangesOf(host: string, port: number | undefined, item: string): readonly AddressRange[] | undefined {
  if (!isAddress(host.split("/")[0]!) && (port !== undefined || !isRangeWord(host))) return undefined;
  try {
    return parseRange(host);
  } catch (error) {
    throw error instanceof InvalidValueError ? refusal(item) : error;
  }
}

function withPort(range: AddressRange, port: number | undefined, item: string): AddressRange {
  if (port === undefined) return range;
  const isWhole = range.bits === (range.address.includes(":") ? 128 : 32);
  if (!isWhole) throw refusal(item);
  return { ...range, port };
}

function readPort(digits: string, item: string): number {
  const port = Number(digits);
  if (port < 1 || port > 65535) throw refusal(item);
  return port;
}

function refusal(item: string): UserError {
  return new UserError(
    `cannot read --allow-net: found ${quote(item)}, expected a name or an address, with or without :PORT, or a prefix`,
  );
}
