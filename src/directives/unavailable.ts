import { type Directive, directive, type Effect, type Value } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { text } from "../values/text.ts";

/** Directives that nothing here can honour, with what to use instead. */
interface Reason {
  readonly names: string;
  readonly summary: string;
  readonly deviation: string;
  readonly effect: Effect;
  /** Absent: any text. */
  readonly value?: Value<unknown>;
}

/** Who asks for these relies on them: a start without them would not be what was asked for. */
const REFUSED: readonly Reason[] = [
  {
    names: "RootImage RootImageOptions RootImagePolicy RootHash RootHashSignature RootVerity",
    summary: "A file system image as the root",
    deviation: "images are the engine's: mount it and use RootDirectory= or --rootfs",
    effect: "gives",
  },
  {
    names: "RootEphemeral",
    summary: "A throw-away copy of the root file system",
    deviation: "file systems of containers are the engine's: use its images, or an overlay as --rootfs",
    effect: "takes",
    value: boolean,
  },
  {
    names: "MountImages MountImagePolicy ExtensionImages ExtensionImagePolicy ExtensionDirectories",
    summary: "File system images and directories that are laid over parts of the root",
    deviation: "file systems of containers are the engine's: mount it on the host and use BindPaths=",
    effect: "gives",
  },
  {
    names: "PAMName",
    summary: "A PAM session for the service",
    deviation:
      "no session can be opened for a container: set the limits and groups that PAM would with Limit…= and SupplementaryGroups=",
    effect: "identity",
  },
  {
    names: "SecureBits",
    summary: "How the kernel treats the capabilities of root, capabilities(7)",
    deviation:
      "a process can set them for itself alone, and no runtime does it: use User=, CapabilityBoundingSet= and NoNewPrivileges=",
    effect: "takes",
  },
  {
    names: "RestrictFileSystems",
    summary: "Types of file systems that can be opened",
    deviation:
      "it needs a BPF program of systemd's own on the cgroup: use TemporaryFileSystem=, InaccessiblePaths= or a rule of the LSM",
    effect: "takes",
  },
  {
    names: "SocketBindAllow SocketBindDeny RestrictNetworkInterfaces",
    summary: "Ports and network devices that sockets can use",
    deviation:
      "it needs a BPF program of systemd's own on the cgroup: use PrivateNetwork=, NetworkNamespacePath= or the engine's network",
    effect: "takes",
  },
  {
    names: "IPIngressFilterPath IPEgressFilterPath BPFProgram NFTSet",
    summary: "Packet filters for the service's cgroup",
    deviation:
      "it needs systemd's hand on the cgroup: put the rules into the network namespace of NetworkNamespacePath=, or into the engine's",
    effect: "takes",
  },
  {
    names: "OpenFile",
    summary: "Files that are handed over open",
    deviation: "runtimes hand over no files: use BindReadOnlyPaths= or LoadCredential=",
    effect: "gives",
  },
];

/** Nobody is less safe without these. */
const IGNORED: readonly Reason[] = [
  {
    names:
      "StartupAllowedCPUs StartupAllowedMemoryNodes StartupCPUWeight StartupCPUShares StartupIOWeight StartupBlockIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax DefaultStartupMemoryLow",
    summary: "Limits while the host starts up",
    deviation: "there is no service manager that knows when the host has started: set the plain directive",
    effect: "neutral",
  },
  {
    names: "DefaultMemoryMin DefaultMemoryLow",
    summary: "Protection of memory that units below inherit",
    deviation: "there are no units below: set MemoryMin= or MemoryLow=",
    effect: "neutral",
  },
  {
    names: "BlockIODeviceWeight",
    summary: "The older name of IODeviceWeight=",
    deviation: "it is for cgroups of version 1 and schedulers that are gone: set IODeviceWeight=",
    effect: "neutral",
  },
  {
    names: "Slice",
    summary: "The cgroup that the service's own lies in",
    deviation: "where the cgroup lies is the engine's to say: use its option (--cgroup-parent)",
    effect: "neutral",
  },
  {
    names: "Delegate DelegateSubgroup DisableControllers",
    summary: "A cgroup that the service manages itself",
    deviation:
      "cgroups of containers belong to root: give the container a cgroup namespace and a writable /sys/fs/cgroup by the engine",
    effect: "neutral",
  },
  {
    names:
      "ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMMemoryPressureDurationSec ManagedOOMPreference MemoryPressureWatch MemoryPressureThresholdSec",
    summary: "What systemd-oomd and the service do when memory is short",
    deviation: "systemd-oomd looks after units of systemd alone: set MemoryMax= and OOMScoreAdjust=",
    effect: "neutral",
  },
  {
    names: "IPAccounting",
    summary: "Counting of network traffic",
    deviation: "it needs a BPF program of systemd's own on the cgroup; a network namespace counts by device",
    effect: "neutral",
  },
  {
    names: "CoredumpReceive",
    summary: "Core dumps for a container manager",
    deviation: "core dumps go where the host's kernel.core_pattern says",
    effect: "neutral",
  },
  {
    names: "UtmpIdentifier UtmpMode",
    summary: "A record of the service in utmp",
    deviation: "containers have no records of logins",
    effect: "neutral",
  },
  {
    names: "LogNamespace BindLogSockets",
    summary: "The journal that the service logs to",
    deviation: "standard output belongs to whoever runs the container; bind a socket with BindPaths=",
    effect: "neutral",
  },
  {
    names: "MemoryKSM",
    summary: "Merging of equal memory pages",
    deviation: "a process can ask for it for itself alone, by prctl(PR_SET_MEMORY_MERGE)",
    effect: "neutral",
  },
  {
    names: "IgnoreSIGPIPE",
    summary: "Ignores the signal of a closed pipe",
    deviation: "signals are as the low-level runtime has them, which ignores none",
    effect: "neutral",
  },
  {
    names: "StartLimitInterval StartLimitBurst StartLimitAction FailureAction RebootArgument TimeoutCleanSec",
    summary: "What the service manager does about services that fail often",
    deviation: "there is no service manager: use the restart policy of the engine",
    effect: "neutral",
  },
];

/** Whoever limits a cgroup also counts in it. */
const COUNTED = "CPUAccounting MemoryAccounting TasksAccounting IOAccounting BlockIOAccounting";

export const refused: readonly Directive[] = REFUSED.flatMap((reason) => rows(reason, "refused"));
export const ignored: readonly Directive[] = IGNORED.flatMap((reason) => rows(reason, "ignored"));
export const counted: readonly Directive[] = rows(
  {
    names: COUNTED,
    summary: "Counts what the service uses",
    deviation: "always so: runtimes make a cgroup in every controller",
    effect: "neutral",
    value: boolean,
  },
  "partial",
);

function rows(
  { names, summary, deviation, effect, value = text }: Reason,
  support: "refused" | "ignored" | "partial",
): readonly Directive[] {
  return names.split(" ").map((name) => directive({ name, summary, value, support, effect, deviation }));
}
