import type { BindRule, SocketAddresses } from "../../model/networkRule.ts";
import { copy, exit, fromNetwork, jump, jumpIf, type Line, label, load, set } from "./assembler.ts";

/** Offsets in `struct bpf_sock_addr`. */
const CALL = { userFamily: 0, userPort: 24, family: 28, protocol: 36 } as const;

const FAMILIES = { 4: 2, 6: 10 } as const;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

const CONTEXT = 6;
const PROTOCOL = 7;
const PORT = 8;

/** Judges calls of bind(2) of one family, as socket-bind.bpf.c of systemd. */
export function bindProgram(family: 4 | 6, { allow, deny }: BindRule): readonly Line[] {
  const concerns = ({ family: only = family }: SocketAddresses) => only === family;
  return [
    copy(CONTEXT, 1),
    load(4, 1, CONTEXT, CALL.userFamily),
    jumpIf(1, "!=", FAMILIES[family], "allow"),
    load(4, 1, CONTEXT, CALL.family),
    jumpIf(1, "!=", FAMILIES[family], "allow"),
    load(4, PROTOCOL, CONTEXT, CALL.protocol),
    load(4, PORT, CONTEXT, CALL.userPort),
    fromNetwork(PORT),
    ...allow.filter(concerns).flatMap((one, index) => matchLines(one, `allow ${index}`, "allow")),
    ...deny.filter(concerns).flatMap((one, index) => matchLines(one, `deny ${index}`, "deny")),
    label("allow"),
    set(0, 1),
    exit(),
    label("deny"),
    set(0, 0),
    exit(),
  ];
}

function matchLines({ protocol, ports }: SocketAddresses, name: string, verdict: string): readonly Line[] {
  const next = `after ${name}`;
  return [
    ...(protocol === undefined ? [] : [jumpIf(PROTOCOL, "!=", PROTOCOLS[protocol], next)]),
    ...(ports === undefined ? [] : [jumpIf(PORT, "<", ports.from, next), jumpIf(PORT, ">", ports.to, next)]),
    jump(verdict),
    label(next),
  ];
}
