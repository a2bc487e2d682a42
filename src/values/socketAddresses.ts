import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import type { SocketAddresses } from "../model/networkRule.ts";
import { readUnsigned } from "./number.ts";

const SYNTAX = "[ipv4: | ipv6:][tcp: | udp:][PORT | PORT-PORT] | any";
const MOST_RULES = 128;

const FAMILIES = { ipv4: 4, ipv6: 6 } as const;
const PROTOCOLS = ["tcp", "udp"] as const;

/** SocketBindAllow= and SocketBindDeny= (parse_socket_bind_item, src/shared/parse-helpers.c); one rule each, later ones append. */
export const socketAddresses: Value<readonly SocketAddresses[]> = {
  syntax: SYNTAX,
  parse: (text, { complain }) => {
    const rule = parseRule(text);
    if (rule === undefined) complain(text, SYNTAX);
    return rule === undefined ? [] : [rule];
  },
  merge: (earlier, later) => {
    const all = [...earlier, ...later];
    if (all.length > MOST_RULES) throw new InvalidValueError(`${all.length} assignments`, `at most ${MOST_RULES}`);
    return all;
  },
};

function parseRule(text: string): SocketAddresses | undefined {
  if (text === "any") return {};
  const words = text.split(":");
  const family = FAMILIES[words[0] as keyof typeof FAMILIES];
  if (family !== undefined) words.shift();
  const protocol = PROTOCOLS.find((name) => name === words[0]);
  if (protocol !== undefined) words.shift();
  const ports = words.length === 0 ? undefined : parsePorts(words.shift()!);
  if (words.length > 0 || ports === "invalid") return undefined;
  return { ...(family && { family }), ...(protocol && { protocol }), ...(ports && { ports }) };
}

function parsePorts(text: string): SocketAddresses["ports"] | "invalid" {
  const [from, to = from] = text.split("-", 2).map(parsePort);
  const isRange = /^\d+(?:-\d+)?$/.test(text) && from !== undefined && to !== undefined && from <= to;
  return isRange ? { from, to } : "invalid";
}

function parsePort(text: string): number | undefined {
  const port = readUnsigned(text);
  return port === undefined || port < 1n || port > 65535n ? undefined : Number(port);
}
