import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SystemdHost } from "../hosts/systemdHost.ts";

/** Inside the reference. */
export const PROBE = "/usr/local/bin/network-probe.py";

/** Makes the other side of the network, and puts probe.py in its place. */
export function makePeers({ root, run }: SystemdHost): void {
  mkdirSync(`${root}/run/harness`, { recursive: true });
  copyFileSync(join(import.meta.dirname, "probe.py"), root + PROBE);
  copyFileSync(join(import.meta.dirname, "peer.py"), `${root}/usr/local/bin/network-peer.py`);
  const { status, stderr } = run(["sh", "-euc", PEERS]);
  assert.is(status, 0, stderr);
}

/** Two addresses of each version on the other side of a veth pair, where peer.py answers, and on loopback too. */
const PEERS = `
  ip netns add peer
  ip link set lo up
  ip link add uplink type veth peer name downlink netns peer
  ip address add 10.77.0.1/24 dev uplink
  ip address add fd77::1/64 dev uplink nodad
  ip link set uplink addrgenmode none
  ip address add fe80::1/64 dev uplink nodad
  ip link set uplink up
  ip -n peer link set lo up
  ip -n peer link set downlink addrgenmode none
  for host in 2 3 4; do
    ip -n peer address add 10.77.0.$host/24 dev downlink
    ip -n peer address add fd77::$host/64 dev downlink nodad
  done
  ip -n peer address add fe80::2/64 dev downlink nodad
  ip -n peer link set downlink up
  ip route add default via 10.77.0.2
  start() {
    fifo=/run/harness/$1
    shift
    mkfifo "$fifo"
    setsid "$@" /usr/local/bin/network-peer.py >"$fifo" 2>/dev/null </dev/null &
    read -r line <"$fifo"
    [ "$line" = listening ]
  }
  start here python3
  start there ip netns exec peer python3
  connect='import socket; socket.create_connection(("fd77::2", 7000), 1)'
  until python3 -c "$connect" 2>/dev/null; do :; done # the other side of a new link takes a while to be found`;

const ADDRESSES = ["127.0.0.1", "::1", "10.77.0.2", "10.77.0.3", "10.77.0.4", "fd77::2", "fd77::3", "fe80::2%uplink"];

type Attempt = readonly [kind: "tcp" | "udp" | "raw" | "bind-tcp" | "bind-udp", address: string, port: number];

/** What probe.py tries. */
export const ATTEMPTS: readonly Attempt[] = [
  ...ADDRESSES.flatMap((address): readonly Attempt[] => [
    ["tcp", address, 7000],
    ["udp", address, 7000],
    ["raw", address, 0],
  ]),
  ["udp", "224.0.0.251", 7000],
  ["udp", "ff02::fb%uplink", 7000],
  ...(["bind-tcp", "bind-udp"] as const).flatMap((kind) =>
    ["0.0.0.0", "127.0.0.1", "::", "::1"].flatMap((address) =>
      [0, 7150, 7250].map((port): Attempt => [kind, address, port]),
    ),
  ),
];
