import { NotGranted, quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import type { DeviceNumber, Facts } from "../model/facts.ts";
import type { DeviceThrottle } from "../oci/spec.ts";
import { needController, needFile, needVersion2, UNGRANTED } from "../values/controllers.ts";
import {
  type DeviceAmount,
  deviceBandwidth,
  deviceLatency,
  deviceOperations,
  deviceWeight,
} from "../values/deviceAmount.ts";
import { integer } from "../values/number.ts";
import { INFINITY } from "../values/size.ts";
import { isAtLeast } from "../values/version.ts";

export const IOWeight: Directive<number> = directive({
  name: "IOWeight",
  summary: "I/O weight of the service's cgroup, 1 to 10000, 100 by default",
  value: integer(1, 10_000),
  support: "partial",
  effect: "grants",
  deviation: `on cgroup v1 it requires the I/O scheduler bfq or cfq${UNGRANTED}`,
  plan: (weight, context) => planWeight("IOWeight", weight, context),
});

export const BlockIOWeight = directive({
  name: "BlockIOWeight",
  supersededBy: "IOWeight",
  summary: "Block I/O weight of the service's cgroup, 500 by default; superseded by IOWeight=",
  value: integer(10, 1_000),
  support: "partial",
  effect: "grants",
  deviation: `on cgroup v1 it requires the I/O scheduler bfq or cfq${UNGRANTED}`,
  plan: (weight, context) =>
    context.service.get(IOWeight) === undefined ? planWeight("BlockIOWeight", ioWeight(weight), context) : [],
});

export const IODeviceWeight = directive({
  name: "IODeviceWeight",
  summary: "I/O weight of the service's cgroup for one device",
  value: deviceWeight,
  support: "partial",
  effect: "grants",
  deviation: `only one device can be listed; requires cgroup v2${UNGRANTED}`,
  *plan(weights, { facts }) {
    needVersion2("IODeviceWeight", facts.cgroups);
    needController("IODeviceWeight", "io", facts.cgroups);
    needFile("IODeviceWeight", "io", "io.weight", facts.cgroups);
    refuseMore("IODeviceWeight", weights);
    for (const { path, amount } of weights) {
      const value = `${formatDevice(deviceOf("IODeviceWeight", path, facts))} ${amount}`;
      yield { kind: "resources", resources: { unified: { "io.weight": value } } };
    }
  },
});

export const IODeviceLatencyTargetSec = directive({
  name: "IODeviceLatencyTargetSec",
  summary: "Average I/O latency of a device that the kernel protects at the cost of other cgroups",
  value: deviceLatency,
  support: "partial",
  effect: "grants",
  deviation: `only one device can be listed; requires cgroup v2${UNGRANTED}`,
  *plan(targets, { facts }) {
    needVersion2("IODeviceLatencyTargetSec", facts.cgroups);
    needController("IODeviceLatencyTargetSec", "io", facts.cgroups);
    needFile("IODeviceLatencyTargetSec", "io", "io.latency", facts.cgroups);
    refuseMore("IODeviceLatencyTargetSec", targets);
    for (const { path, amount } of targets) {
      const value = `${formatDevice(deviceOf("IODeviceLatencyTargetSec", path, facts))} target=${amount}`;
      yield { kind: "resources", resources: { unified: { "io.latency": value } } };
    }
  },
});

type Throttle =
  | "throttleReadBpsDevice"
  | "throttleWriteBpsDevice"
  | "throttleReadIOPSDevice"
  | "throttleWriteIOPSDevice";

/** Names of cgroup v1. */
const ALIASES: Readonly<Record<string, string>> = {
  IOReadBandwidthMax: "BlockIOReadBandwidth",
  IOWriteBandwidthMax: "BlockIOWriteBandwidth",
};

export const IOReadBandwidthMax = throttle(
  "IOReadBandwidthMax",
  "throttleReadBpsDevice",
  "Limits the bytes per second read from a device",
);
export const IOWriteBandwidthMax = throttle(
  "IOWriteBandwidthMax",
  "throttleWriteBpsDevice",
  "Limits the bytes per second written to a device",
);
export const IOReadIOPSMax = throttle(
  "IOReadIOPSMax",
  "throttleReadIOPSDevice",
  "Limits the read operations per second on a device",
);
export const IOWriteIOPSMax = throttle(
  "IOWriteIOPSMax",
  "throttleWriteIOPSDevice",
  "Limits the write operations per second on a device",
);

function throttle(name: string, member: Throttle, what: string): Directive<readonly DeviceAmount[]> {
  const alias = ALIASES[name];
  return directive({
    name,
    ...(alias !== undefined && { aliases: [alias] }),
    summary: what,
    value: member.includes("Bps") ? deviceBandwidth : deviceOperations,
    support: "full",
    effect: "restricts",
    suggest: "never",
    *plan(limits, { facts }) {
      needController(name, "io", facts.cgroups);
      const rates = limits.filter(({ amount }) => amount !== INFINITY);
      const devices = rates.map(({ path, amount }): DeviceThrottle => {
        const { major, minor } = deviceOf(name, path, facts);
        return { major, minor, rate: amount };
      });
      if (devices.length > 0) yield { kind: "resources", resources: { blockIO: { [member]: devices } } };
    },
  });
}

function* planWeight(name: string, weight: number, { facts }: Context): Iterable<PlannedChange> {
  needController(name, "io", facts.cgroups);
  if (facts.cgroups.unified) {
    needFile(name, "io", "io.weight", facts.cgroups);
    yield { kind: "resources", resources: { unified: { "io.weight": `default ${weight}` } } };
    return;
  }
  needWeightFile(name, facts);
  yield { kind: "resources", resources: { blockIO: { weight: blkioWeight(weight) } } };
}

/** The file of the scheduler bfq has another name, which crun before 1.8.2 does not know. */
function needWeightFile(name: string, { cgroups, runtime }: Facts): void {
  if (cgroups.has("blkio", "blkio.weight")) return;
  if (!cgroups.has("blkio", "blkio.bfq.weight")) {
    throw new NotGranted(
      `cannot honour ${name}=: found no blkio.weight in the host's cgroups, expected the I/O scheduler bfq (CONFIG_IOSCHED_BFQ) or cgroup v2`,
    );
  }
  if (runtime.name === "crun" && !isAtLeast(runtime.version, [1, 8, 2])) {
    throw new NotGranted(
      `cannot honour ${name}=: found crun ${runtime.version}, which does not know blkio.bfq.weight, expected 1.8.2 or newer, or runc (--runtime)`,
    );
  }
}

/** v1 has weights from 10 to 1000, v2 from 1 to 10000 (src/core/cgroup.c, cgroup_weight_…). */
function ioWeight(blkio: number): number {
  return Math.min(Math.max(Math.floor((blkio * 100) / 500), 1), 10_000);
}

function blkioWeight(io: number): number {
  return Math.min(Math.max(Math.floor((io * 500) / 100), 10), 1_000);
}

/** The runtime specification holds one value for each file of cgroup v2. */
function refuseMore(name: string, listed: readonly DeviceAmount[]): void {
  if (listed.length > 1) throw new UserError(`cannot honour ${name}=: found ${listed.length} devices, expected one`);
}

/** The node itself, or the device of the file's file system; the kernel requires the whole disk, not a partition. */
function deviceOf(name: string, path: string, { host }: Facts): DeviceNumber {
  const found = host.look(path);
  const device = found.type === "device" ? found.device : found.fileSystemDevice;
  if (device?.type === "b" && device.major !== 0) return wholeDisk(device, host);
  throw new NotGranted(
    `cannot honour ${name}=: found no block device at or below ${quote(path)} on the host, expected a node like /dev/sda or a file on a disk`,
  );
}

function wholeDisk(device: DeviceNumber, host: Facts["host"]): DeviceNumber {
  const place = host.look(`/sys/dev/block/${device.major}:${device.minor}`).path;
  if (host.read(`${place}/partition`, 16) === undefined) return device;
  const [major, minor] = (host.read(`${place}/../dev`, 32) ?? "").trim().split(":").map(Number);
  return major === undefined || minor === undefined ? device : { type: "b", major, minor };
}

function formatDevice({ major, minor }: DeviceNumber): string {
  return `${major}:${minor}`;
}
