import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import type { Context } from "../../model/directive.ts";
import type { Change } from "../../model/edit.ts";
import type { Owned } from "../../model/plan.ts";
import { parseRange } from "../../values/addressRanges.ts";
import { findNft } from "../host/packetRules.ts";
import { findUplink, type UplinkProgram } from "../host/uplink.ts";
import type { AllowedHosts } from "./allowed.ts";
import type { NetworkRequest } from "./request.ts";

/** Of a tree that has none. */
const LOCAL_HOSTS = "127.0.0.1 localhost\n::1 localhost\n";

/** Larger than any real file. */
const FILE_LIMIT = 1024 * 1024;

/** Sockets of the host by which others resolve names, so that a name could carry data out. */
const RESOLVERS = [
  "/run/systemd/resolve/io.systemd.Resolve",
  "/run/systemd/resolve/io.systemd.Resolve.Monitor",
  "/run/nscd/socket",
  "/run/avahi-daemon/socket",
  "/run/dbus/system_bus_socket",
];

/** @throws UserError where there is no uplink, or the network cannot be filtered */
export function networkChanges(request: NetworkRequest, context: Context): readonly Owned<Change>[] {
  const own = (owner: string, changes: readonly Change[]) => changes.map((item) => ({ owner, item }));
  return [
    ...own("--network", request.mode === "private" ? resolverChanges(findUplink(), context) : []),
    ...own("--allow-net", request.allowed === undefined ? [] : allowedChanges(request.allowed, request.mode, context)),
  ];
}

/** The resolvers of the host may listen on its loopback only. */
function resolverChanges({ nameserver }: UplinkProgram, context: Context): readonly Change[] {
  const kept = textOf("/etc/resolv.conf", context).match(/^(?:search|options)\b.*$/gm) ?? [];
  return boundFile("/etc/resolv.conf", [`nameserver ${nameserver}`, ...kept, ""].join("\n"), context);
}

/**
 * Lets packets of the service pass to these hosts alone. /etc/hosts has their names, so that no resolver is needed; it is
 * reachable only if it is listed.
 */
function allowedChanges(
  { ranges, names }: AllowedHosts,
  mode: NetworkRequest["mode"],
  context: Context,
): readonly Change[] {
  const obstacle = context.facts.networkObstacle();
  if (obstacle !== undefined) requireRules(obstacle, mode);
  // In a private network, loopback leads nowhere else.
  const allow = [...ranges, ...(mode === "private" ? parseRange("localhost") : [])];
  const rule = { kind: "packets", allow, deny: parseRange("any"), remembersRefused: true } as const;
  return [
    obstacle === undefined
      ? { kind: "networkRule", owner: "--allow-net", rule }
      : { kind: "capabilities", drop: ["CAP_NET_ADMIN"] },
    ...hostsChanges(names, context),
    ...RESOLVERS.map((path) => ({ kind: "path", path, access: "inaccessible", optional: true }) as const),
  ];
}

/** Without BPF programs, rules of nftables filter the network of the run. */
function requireRules(obstacle: string, mode: NetworkRequest["mode"]): void {
  const expected =
    mode !== "private"
      ? "cgroup v2 and the right to load BPF programs, or --network private"
      : findNft() === undefined
        ? "nftables to be installed"
        : undefined;
  if (expected !== undefined) throw new UserError(`cannot honour --allow-net: found ${obstacle}, expected ${expected}`);
}

function hostsChanges(names: AllowedHosts["names"], context: Context): readonly Change[] {
  if (names.length === 0) return [];
  const lines = names.flatMap(({ name, addresses }) => addresses.map((address) => `${address} ${name}`));
  const present = context.facts.rootfs.isHost ? textOf("/etc/hosts", context) : LOCAL_HOSTS;
  return boundFile("/etc/hosts", `${lines.join("\n")}\n${present}`, context);
}

function textOf(path: string, { facts }: Context): string {
  return facts.host.read(path, FILE_LIMIT) ?? "";
}

/** A file of dynuser in place of one of the tree. */
function boundFile(path: string, content: string, { scope }: Context): readonly Change[] {
  const directory = `${scope.own}/network/${scope.containerId}`;
  const source = `${directory}/${basename(path)}`;
  const flags = { readOnly: true, noSuid: true, noDevices: true } as const;
  return [
    { kind: "file", path: source, content, mode: 0o644, owner: { uid: 0, gid: 0 } },
    { kind: "path", path, access: "bind", source, ...flags },
    { kind: "remove", path: directory, links: [] },
  ];
}
