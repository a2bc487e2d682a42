import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { UserError } from "../errors.ts";
import type { Context } from "../plan.ts";
import { type AddressRange, addressRanges, includesAny, isLoopback } from "../values/addressRanges.ts";
import { ownSys } from "../values/apiFileSystems.ts";
import { PrivateNetwork } from "./namespaces.ts";

export const IPAddressAllow: Directive<readonly AddressRange[]> = directive({
  name: "IPAddressAllow",
  summary: "Addresses that IPAddressDeny= leaves",
  value: addressRanges,
  support: "partial",
  effect: "gives",
  deviation: "beside IPAddressDeny=any only localhost; without it, it has no effect, as under systemd",
});

export const IPAddressDeny: Directive<readonly AddressRange[]> = directive({
  name: "IPAddressDeny",
  summary: "Addresses that the service cannot talk to",
  value: addressRanges,
  support: "partial",
  effect: "takes",
  deviation:
    "any, alone or beside IPAddressAllow=localhost, is a network of the service's own with nothing but a loopback device; anything else is refused",
  plan: planDeny,
});

/** Without systemd's BPF program on the cgroup only a network without devices keeps packets from going anywhere. */
function* planDeny(denied: readonly AddressRange[], { service, facts }: Context): Iterable<Change> {
  if (denied.length === 0 || service.get(PrivateNetwork)) return;
  const allowed = service.get(IPAddressAllow) ?? [];
  if (!includesAny(denied) || !allowed.every(isLoopback)) {
    throw new UserError(
      "cannot honour IPAddressDeny=: found some addresses denied and others not, expected any (alone or beside IPAddressAllow=localhost), PrivateNetwork=yes, or rules in the network that the engine or NetworkNamespacePath= gives",
    );
  }
  yield { kind: "namespace", type: "network" };
  yield* ownSys(facts.rootfs);
}
