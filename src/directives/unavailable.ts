import { type Directive, directive, type Effect, type Value } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { namespaces } from "../values/namespaces.ts";
import { text } from "../values/text.ts";

/** Directives without an implementation, with the alternative. */
interface Reason {
  readonly names: string;
  readonly summary: string;
  readonly deviation: string;
  readonly effect: Effect;
  readonly since?: number;
  /** Absent: any text. */
  readonly value?: Value<unknown>;
}

/** The service would run with other rights or files without them, so they are errors. */
const REFUSED: readonly Reason[] = [
  {
    names: "RootImage RootImageOptions RootImagePolicy RootHash RootHashSignature RootVerity",
    summary: "Mounts a file system image as the root of the service",
    deviation: "dynuser mounts no images: mount the image and use RootDirectory= or --rootfs",
    effect: "grants",
  },
  {
    names: "RootMStack",
    summary: "Mounts a stack of layers as the root of the service",
    deviation: "dynuser mounts no images: mount the stack and use RootDirectory= or --rootfs",
    effect: "grants",
    since: 260,
  },
  {
    names: "UserNamespacePath",
    summary: "Runs the service in the user namespace that a file of the host refers to",
    deviation:
      "low-level runtimes make the mounts in the joined namespace, which could then undo them: use PrivateUsers= or the engine's option (--userns)",
    effect: "grants",
    since: 259,
  },
  {
    names: "BindNetworkInterface",
    summary: "Binds all sockets of the service to a network interface",
    deviation:
      "requires systemd's BPF program on the cgroup: use NetworkNamespacePath= with a namespace that has only this interface",
    effect: "restricts",
    since: 260,
  },
  {
    names: "RootEphemeral",
    summary: "Runs the service in an ephemeral copy of its root",
    deviation: "dynuser makes no copies of file systems: use an engine's image, or an overlay as --rootfs",
    effect: "restricts",
    value: boolean,
  },
  {
    names: "MountImages MountImagePolicy ExtensionImages ExtensionImagePolicy ExtensionDirectories",
    summary: "Mounts file system images and extensions over parts of the root",
    deviation: "dynuser mounts no images: mount them on the host and use BindPaths=",
    effect: "grants",
  },
  {
    names: "PAMName",
    summary: "Opens a PAM session for the service",
    deviation: "containers have no PAM session: set its limits and groups with Limit…= and SupplementaryGroups=",
    effect: "identity",
  },
  {
    names: "SecureBits",
    summary: "Sets the secure bits of the service's processes, capabilities(7)",
    deviation:
      "no runtime sets secure bits, and a process can only set them for itself: use User=, CapabilityBoundingSet= and NoNewPrivileges=",
    effect: "restricts",
  },
  {
    names: "RestrictFileSystems",
    summary: "Limits the file system types on which files can be opened",
    deviation: "requires systemd's BPF LSM program: use TemporaryFileSystem=, InaccessiblePaths= or a rule of the LSM",
    effect: "restricts",
  },
  {
    names: "IPIngressFilterPath IPEgressFilterPath BPFProgram NFTSet",
    summary: "Attaches packet filters to the service's cgroup",
    deviation:
      "requires systemd's cgroup: put the rules into the network namespace of NetworkNamespacePath= or of the engine",
    effect: "restricts",
  },
];

/** The service has no more rights without them, so they are reported and ignored. */
const IGNORED: readonly Reason[] = [
  {
    names:
      "StartupAllowedCPUs StartupAllowedMemoryNodes StartupCPUWeight StartupCPUShares StartupIOWeight StartupBlockIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax DefaultStartupMemoryLow",
    summary: "Resource limits during the start-up phase of the host",
    deviation: "dynuser does not track the start-up phase of the host: set the directive without Startup",
    effect: "neutral",
  },
  {
    names: "DefaultMemoryMin DefaultMemoryLow",
    summary: "Memory protection that child units inherit",
    deviation: "a service has no child units: set MemoryMin= or MemoryLow=",
    effect: "neutral",
  },
  {
    names: "BlockIODeviceWeight",
    summary: "Block I/O weight of the service for one device; superseded by IODeviceWeight=",
    deviation: "requires cgroup v1 and an I/O scheduler that current kernels lack: set IODeviceWeight=",
    effect: "neutral",
  },
  {
    names: "Delegate DelegateSubgroup DisableControllers",
    summary: "Delegates control of the service's cgroup to the service",
    deviation:
      "cgroups of containers are owned by root: use the engine to give the container a cgroup namespace and a writable /sys/fs/cgroup",
    effect: "neutral",
  },
  {
    names:
      "ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMMemoryPressureDurationSec ManagedOOMPreference MemoryPressureWatch MemoryPressureThresholdSec",
    summary: "How systemd-oomd and the service react to memory pressure",
    deviation: "systemd-oomd monitors only systemd's units: set MemoryMax= and OOMScoreAdjust=",
    effect: "neutral",
  },
  {
    names: "OOMRules",
    summary: "Rule sets that systemd-oomd applies to the service",
    deviation: "systemd-oomd monitors only systemd's units: set MemoryMax= and OOMScoreAdjust=",
    effect: "neutral",
    since: 261,
  },
  {
    names: "CPUPressureWatch CPUPressureThresholdSec IOPressureWatch IOPressureThresholdSec",
    summary: "Whether the service is notified of CPU and I/O pressure",
    deviation: "the pressure files of a container's cgroup belong to root: read /proc/pressure instead",
    effect: "neutral",
    since: 261,
  },
  {
    names: "DelegateNamespaces",
    summary: "Which namespaces the user namespace of PrivateUsers= owns",
    deviation:
      "low-level runtimes create all namespaces in the new user namespace, which owns them; the service cannot change its mounts in either case (PrivateUsers=)",
    effect: "neutral",
    since: 258,
    value: namespaces,
  },
  {
    names: "CoredumpReceive",
    summary: "Forwards core dumps to the container",
    deviation: "core dumps are handled by the host's kernel.core_pattern",
    effect: "neutral",
  },
  {
    names: "UtmpIdentifier UtmpMode",
    summary: "Records the service in utmp",
    deviation: "containers have no utmp records",
    effect: "neutral",
  },
  {
    names: "LogNamespace BindLogSockets",
    summary: "The journal namespace and log sockets of the service",
    deviation: "output goes to the caller or the engine: bind-mount a log socket with BindPaths=",
    effect: "neutral",
  },
  {
    names: "MemoryKSM",
    summary: "Enables kernel samepage merging for the service",
    deviation: "a process can only enable it for itself, by prctl(PR_SET_MEMORY_MERGE)",
    effect: "neutral",
  },
  {
    names: "IgnoreSIGPIPE",
    summary: "Ignores SIGPIPE in the service's processes",
    deviation: "the low-level runtime resets all signals to their default action",
    effect: "neutral",
  },
  {
    names: "StartLimitAction FailureAction RebootArgument TimeoutCleanSec",
    summary: "How the service manager reacts to too many starts and to failure",
    deviation: "dynuser does not reboot the host: react to the exit status",
    effect: "neutral",
  },
];

/** A cgroup always counts what its controllers limit. */
const COUNTED = "CPUAccounting MemoryAccounting TasksAccounting IOAccounting BlockIOAccounting";

export const refused: readonly Directive[] = REFUSED.flatMap((reason) => rows(reason, "refused"));
export const ignored: readonly Directive[] = IGNORED.flatMap((reason) => rows(reason, "ignored"));
export const counted: readonly Directive[] = rows(
  {
    names: COUNTED,
    summary: "Enables resource accounting for the service",
    deviation: "always enabled, as runtimes create a cgroup in every controller",
    effect: "neutral",
    value: boolean,
  },
  "partial",
);

function rows(
  { names, summary, deviation, effect, since, value = text }: Reason,
  support: "refused" | "ignored" | "partial",
): readonly Directive[] {
  const row = {
    summary,
    ...(since !== undefined && { since }),
    value,
    support,
    effect,
    deviation,
    suggest: "never",
    allowedFrom: "all",
  } as const;
  return names.split(" ").map((name) => directive({ name, ...row }));
}
