import { UserError } from "../errors.ts";
import { type Context, type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import type { AddressRange } from "../model/networkRule.ts";
import { addressRanges, includesAny, isLoopback } from "../values/addressRanges.ts";
import { ownSys } from "../values/apiFileSystems.ts";
import { boolean } from "../values/boolean.ts";
import { PrivateNetwork } from "./namespaces.ts";

export const IPAddressAllow: Directive<readonly AddressRange[]> = directive({
  name: "IPAddressAllow",
  summary: "Exempts IP addresses from IPAddressDeny=",
  value: addressRanges,
  support: "partial",
  effect: "grants",
  deviation: "has the deviations of IPAddressDeny=, without which it has no effect",
});

export const IPAddressDeny: Directive<readonly AddressRange[]> = directive({
  name: "IPAddressDeny",
  summary: "IP addresses that the service cannot communicate with",
  value: addressRanges,
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation:
    "Where BPF programs cannot be attached (no cgroup v2, no CAP_BPF or CAP_NET_ADMIN), any, alone or with IPAddressAllow=localhost, becomes a network namespace with only a loopback device, which is reported, and other values are refused; systemd ignores them there.",
  plan: planDeny,
});

export const IPAccounting: Directive<boolean> = directive({
  name: "IPAccounting",
  summary: "Counts the network traffic of the service",
  value: boolean,
  support: "partial",
  effect: "neutral",
  deviation: "dynuser run --result reports the numbers; where BPF programs cannot be attached it is ignored",
  runOnly: "nothing reads the numbers of an engine's container",
  *plan(enabled, { facts }) {
    if (!enabled) return;
    const obstacle = facts.networkObstacle();
    if (obstacle === undefined) yield { kind: "networkRule", owner: "IPAccounting", rule: { kind: "accounting" } };
    else yield { kind: "warning", text: `counts nothing, as there is ${obstacle}` };
  },
});

function* planDeny(deny: readonly AddressRange[], { service, facts }: Context): Iterable<PlannedChange> {
  if (deny.length === 0) return;
  const allow = service.get(IPAddressAllow) ?? [];
  const obstacle = facts.networkObstacle();
  if (obstacle === undefined)
    return yield { kind: "networkRule", owner: "IPAddressDeny", rule: { kind: "packets", allow, deny } };
  if (service.get(PrivateNetwork)) return;
  if (!includesAny(deny) || !allow.every(isLoopback)) {
    throw new UserError(
      `cannot honour IPAddressDeny=: found ${obstacle}, expected cgroup v2 and the right to load BPF programs, or IPAddressDeny=any (alone or beside IPAddressAllow=localhost), PrivateNetwork=yes, or rules in the network that the engine or NetworkNamespacePath= gives`,
    );
  }
  yield { kind: "namespace", type: "network" };
  yield* ownSys(facts.rootfs);
  yield {
    kind: "warning",
    text: `any becomes a new network namespace, where loopback answers, as there is ${obstacle}`,
  };
}
