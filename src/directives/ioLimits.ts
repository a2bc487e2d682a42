import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { DeviceNumber, Facts } from "../facts.ts";
import type { DeviceThrottle } from "../oci/spec.ts";
import type { Context } from "../plan.ts";
import { needController, needVersion2 } from "../values/controllers.ts";
import {
  type DeviceAmount,
  deviceBandwidth,
  deviceLatency,
  deviceOperations,
  deviceWeight,
} from "../values/deviceAmount.ts";
import { integer } from "../values/number.ts";
import { INFINITY } from "../values/size.ts";

export const IOWeight: Directive<number> = directive({
  name: "IOWeight",
  summary: "Share of disks among siblings, 100 by default",
  value: integer(1, 10_000),
  support: "partial",
  effect: "gives",
  deviation: "on cgroups of version 1 it needs the scheduler bfq or cfq, and is refused without",
  plan: (weight, context) => planWeight("IOWeight", weight, context),
});

export const BlockIOWeight = directive({
  name: "BlockIOWeight",
  summary: "The older name of IOWeight=, which counts if both are set; 500 by default",
  value: integer(10, 1_000),
  support: "partial",
  effect: "gives",
  deviation: "on cgroups of version 1 it needs the scheduler bfq or cfq, and is refused without",
  plan: (weight, context) =>
    context.service.get(IOWeight) === undefined ? planWeight("BlockIOWeight", ioWeight(weight), context) : [],
});

export const IODeviceWeight = directive({
  name: "IODeviceWeight",
  summary: "Share of one disk among siblings",
  value: deviceWeight,
  support: "partial",
  effect: "gives",
  deviation: "for one device, on cgroups of version 2 alone",
  *plan(weights, { facts }) {
    needVersion2("IODeviceWeight", facts.cgroups);
    needController("IODeviceWeight", "io", facts.cgroups);
    refuseMore("IODeviceWeight", weights);
    for (const { path, amount } of weights) {
      const value = `${formatDevice(deviceOf("IODeviceWeight", path, facts))} ${amount}`;
      yield { kind: "resources", resources: { unified: { "io.weight": value } } };
    }
  },
});

export const IODeviceLatencyTargetSec = directive({
  name: "IODeviceLatencyTargetSec",
  summary: "How long reading and writing of a disk may take on average before others have to wait",
  value: deviceLatency,
  support: "partial",
  effect: "gives",
  deviation: "for one device, on cgroups of version 2 alone",
  *plan(targets, { facts }) {
    needVersion2("IODeviceLatencyTargetSec", facts.cgroups);
    needController("IODeviceLatencyTargetSec", "io", facts.cgroups);
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

/** Older names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  IOReadBandwidthMax: "BlockIOReadBandwidth",
  IOWriteBandwidthMax: "BlockIOWriteBandwidth",
};

export const IOReadBandwidthMax = throttle(
  "IOReadBandwidthMax",
  "throttleReadBpsDevice",
  "Bytes per second read from a disk",
);
export const IOWriteBandwidthMax = throttle(
  "IOWriteBandwidthMax",
  "throttleWriteBpsDevice",
  "Bytes per second written to a disk",
);
export const IOReadIOPSMax = throttle(
  "IOReadIOPSMax",
  "throttleReadIOPSDevice",
  "Operations per second that read from a disk",
);
export const IOWriteIOPSMax = throttle(
  "IOWriteIOPSMax",
  "throttleWriteIOPSDevice",
  "Operations per second that write to a disk",
);

function throttle(name: string, member: Throttle, what: string): Directive<readonly DeviceAmount[]> {
  const alias = ALIASES[name];
  return directive({
    name,
    ...(alias !== undefined && { aliases: [alias] }),
    summary: `${what}, at most`,
    value: member.includes("Bps") ? deviceBandwidth : deviceOperations,
    support: "full",
    effect: "takes",
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

function* planWeight(name: string, weight: number, { facts }: Context): Iterable<Change> {
  needController(name, "io", facts.cgroups);
  if (facts.cgroups.unified) {
    yield { kind: "resources", resources: { unified: { "io.weight": `default ${weight}` } } };
    return;
  }
  const knows = ["blkio.weight", "blkio.bfq.weight"].some((file) => facts.cgroups.has("blkio", file));
  if (!knows) {
    throw new UserError(
      `cannot honour ${name}=: found no blkio.weight among the host's cgroups, expected the scheduler bfq (CONFIG_IOSCHED_BFQ) or cgroups of version 2`,
    );
  }
  yield { kind: "resources", resources: { blockIO: { weight: blkioWeight(weight) } } };
}

/** Between 10 to 1000 in version 1 and 1 to 10000 in version 2 (src/core/cgroup.c, cgroup_weight_…). */
function ioWeight(blkio: number): number {
  return Math.min(Math.max(Math.floor((blkio * 100) / 500), 1), 10_000);
}

function blkioWeight(io: number): number {
  return Math.min(Math.max(Math.floor((io * 500) / 100), 10), 1_000);
}

/** A runtime writes each file of version 2 once. */
function refuseMore(name: string, listed: readonly DeviceAmount[]): void {
  if (listed.length > 1) throw new UserError(`cannot honour ${name}=: found ${listed.length} devices, expected one`);
}

/** The node itself, or the device that the file lies on; of a partition the kernel wants the whole disk. */
function deviceOf(name: string, path: string, { host }: Facts): DeviceNumber {
  const found = host.look(path);
  const device = found.type === "device" ? found.device : found.fileSystemDevice;
  if (device?.type === "b" && device.major !== 0) return wholeDisk(device, host);
  throw new UserError(
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
