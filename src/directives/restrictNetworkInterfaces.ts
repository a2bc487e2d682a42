import { UserError } from "../errors.ts";
import { directive } from "../model/directive.ts";
import { networkInterfaces, resolveInterfaces } from "../values/networkInterfaces.ts";

export const RestrictNetworkInterfaces = directive({
  name: "RestrictNetworkInterfaces",
  summary: "Limits the network interfaces of the service to those listed, or with ~ to all others",
  value: networkInterfaces,
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation:
    "Names are those of the service's own network namespace, which systemd looks up on the host. A denied interface that is not there is reported, and refused for a container of an engine. Refused where BPF programs cannot be attached (no cgroup v2, no CAP_BPF or CAP_NET_ADMIN).",
  *plan(lines, { facts }) {
    const { names, listed } = resolveInterfaces(lines);
    if (names.length === 0) return;
    const obstacle = facts.networkObstacle();
    if (obstacle !== undefined) {
      throw new UserError(
        `cannot honour RestrictNetworkInterfaces=: found ${obstacle}, expected cgroup v2 and the right to load BPF programs, or PrivateNetwork=, NetworkNamespacePath= or the engine's network`,
      );
    }
    yield { kind: "networkRule", owner: "RestrictNetworkInterfaces", rule: { kind: "interfaces", listed, names } };
  },
});
