import { UserError } from "../errors.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { SocketAddresses } from "../model/networkRule.ts";
import { socketAddresses } from "../values/socketAddresses.ts";

export const SocketBindAllow: Directive<readonly SocketAddresses[]> = directive({
  name: "SocketBindAllow",
  summary: "Exempts socket addresses from SocketBindDeny=",
  value: socketAddresses,
  support: "partial",
  effect: "grants",
  deviation: "has the deviations of SocketBindDeny=, without which it has no effect",
});

export const SocketBindDeny: Directive<readonly SocketAddresses[]> = directive({
  name: "SocketBindDeny",
  summary: "Addresses that sockets of the service cannot be bound to",
  value: socketAddresses,
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation: "refused where BPF programs cannot be attached (no cgroup v2, no CAP_BPF or CAP_NET_ADMIN)",
  *plan(deny, { service, facts }) {
    if (deny.length === 0) return;
    const obstacle = facts.networkObstacle();
    if (obstacle !== undefined) {
      throw new UserError(
        `cannot honour SocketBindDeny=: found ${obstacle}, expected cgroup v2 and the right to load BPF programs, or PrivateNetwork= or the engine's network`,
      );
    }
    const allow = service.get(SocketBindAllow) ?? [];
    yield { kind: "networkRule", owner: "SocketBindDeny", rule: { kind: "binds", allow, deny } };
  },
});
