import { UserError } from "../../errors.ts";
import { attachFilters, closeMaps, type FilterMaps } from "../../host/network/filters.ts";
import { type RefusedDestination, readCounter, readRefused } from "../../host/network/maps.ts";
import { enterOwnCgroup, requireUnifiedRoot } from "../../host/network/unifiedCgroups.ts";
import { networkRulesOf } from "../../model/networkRule.ts";
import type { Spec } from "../../oci/spec.ts";
import { withContext } from "../../sys/failure.ts";
import { removeEmptyDirectory } from "../../sys/files/files.ts";
import { filterCgroupOf } from "../cgroups/paths.ts";
import type { PacketRules } from "./packetRules.ts";
import { PRIVATE_MOUNTS } from "./privateMounts.ts";
import type { Uplinks } from "./uplink.ts";

/** The network of each command of a run: its uplink, its filters, and what they have counted. */
export interface NetworkFilters {
  /** Attaches the uplink, and the rules of `spec` to the cgroup of a created container. */
  attach(init: number, spec: Spec): void;
  read(): NetworkUsage;
  /** After the last process has ended. */
  close(): void;
}

export interface NetworkUsage {
  /** With IPAccounting=. */
  readonly network?: Traffic;
  /** With --allow-net. */
  readonly refusedConnections?: readonly RefusedDestination[];
}

/** Of IPv4 and IPv6 packets that passed, headers of IP included. */
interface Traffic {
  readonly ingressBytes: number;
  readonly ingressPackets: number;
  readonly egressBytes: number;
  readonly egressPackets: number;
}

/** A network of the run's own. */
export interface OwnNetwork {
  readonly uplinks: Uplinks;
  readonly rules: PacketRules | undefined;
}

export function openNetworkFilters(own: OwnNetwork | undefined, warn: (text: string) => void): NetworkFilters {
  const maps: FilterMaps[] = [];
  const cgroups: string[] = [];
  return {
    attach: (init, spec) => {
      own?.uplinks.attach(init, spec);
      const rules = networkRulesOf(spec.annotations);
      if (rules.length === 0) return;
      const cgroup = withContext(`honour ${rules[0]!.owner}=`, () => cgroupFor(init, spec));
      if (cgroup.isNew) cgroups.push(cgroup.path);
      const attached = attachFilters(rules, { pid: init, cgroup: cgroup.path });
      maps.push(attached.maps);
      for (const name of attached.missing) warn(`RestrictNetworkInterfaces=: found no interface ${name}, ignored it`);
    },
    read: () => ({ ...readUsage(maps), ...refusedByRules(own?.rules, warn) }),
    close: () => {
      own?.uplinks.close();
      maps.forEach(closeMaps);
      cgroups.forEach(removeEmptyDirectory);
    },
  };
}

/** The private mounts hide the hierarchy of version 2 beside those of version 1 from the runtime, but not the copy. */
function cgroupFor(init: number, { linux }: Spec) {
  return enterOwnCgroup(init, requireUnifiedRoot(PRIVATE_MOUNTS.host), filterCgroupOf(linux!.cgroupsPath!));
}

function readUsage(maps: readonly FilterMaps[]): NetworkUsage {
  const count = (direction: "ingress" | "egress", unit: "packets" | "bytes") =>
    Number(maps.reduce((sum, { [direction]: map }) => sum + (map === undefined ? 0n : readCounter(map, unit)), 0n));
  const refused = maps.flatMap(({ refused }) => refused ?? []);
  return {
    ...(maps.some(({ ingress }) => ingress !== undefined) && {
      network: {
        ingressBytes: count("ingress", "bytes"),
        ingressPackets: count("ingress", "packets"),
        egressBytes: count("egress", "bytes"),
        egressPackets: count("egress", "packets"),
      },
    }),
    ...(refused.length > 0 && { refusedConnections: refused.flatMap(readRefused) }),
  };
}

/** The command has run: that they cannot be read fails nothing more. */
function refusedByRules(rules: PacketRules | undefined, warn: (text: string) => void): NetworkUsage {
  if (rules === undefined) return {};
  try {
    return { refusedConnections: rules.readRefused() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    warn(error.message);
    return {};
  }
}
