/**
 * config.json of the OCI runtime specification 1.3, as far as dynuser reads or writes it. All objects are readonly and
 * unknown members survive: code changes a spec only by spreading what it found.
 */

/** A 64-bit number: a bigint when we made it, an opaque source text when a double could not hold what was read. */
export type Integer64 = number | bigint | { readonly rawJSON: string };

export interface Spec {
  readonly ociVersion: string;
  readonly process?: Process;
  readonly root?: Root;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts?: readonly Mount[];
  readonly hooks?: Hooks;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
}

export interface Root {
  readonly path: string;
  readonly readonly?: boolean;
}

export interface Mount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

/** In `linux` the container's ids and the host's; on a mount `containerID` is on disk and `hostID` what is shown. */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface Process {
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: User;
  readonly args?: readonly string[];
  readonly commandLine?: string;
  readonly env?: readonly string[];
  readonly cwd: string;
  readonly capabilities?: Capabilities;
  readonly rlimits?: readonly Rlimit[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
  readonly oomScoreAdj?: number;
  readonly scheduler?: Scheduler;
  readonly ioPriority?: IoPriority;
  readonly execCPUAffinity?: { readonly initial?: string; readonly final?: string };
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
  readonly username?: string;
}

export type CapabilitySet = "bounding" | "effective" | "inheritable" | "permitted" | "ambient";
export type Capabilities = { readonly [S in CapabilitySet]?: readonly string[] };

export type RlimitType =
  | "RLIMIT_AS"
  | "RLIMIT_CORE"
  | "RLIMIT_CPU"
  | "RLIMIT_DATA"
  | "RLIMIT_FSIZE"
  | "RLIMIT_LOCKS"
  | "RLIMIT_MEMLOCK"
  | "RLIMIT_MSGQUEUE"
  | "RLIMIT_NICE"
  | "RLIMIT_NOFILE"
  | "RLIMIT_NPROC"
  | "RLIMIT_RSS"
  | "RLIMIT_RTPRIO"
  | "RLIMIT_RTTIME"
  | "RLIMIT_SIGPENDING"
  | "RLIMIT_STACK";

export interface Rlimit {
  readonly type: RlimitType;
  readonly soft: Integer64;
  readonly hard: Integer64;
}

export interface Scheduler {
  readonly policy: string;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly string[];
  readonly runtime?: Integer64;
  readonly deadline?: Integer64;
  readonly period?: Integer64;
}

export interface IoPriority {
  readonly class: "IOPRIO_CLASS_RT" | "IOPRIO_CLASS_BE" | "IOPRIO_CLASS_IDLE";
  readonly priority?: number;
}

export type HookStage = "prestart" | "createRuntime" | "createContainer" | "startContainer" | "poststart" | "poststop";
export type Hooks = { readonly [S in HookStage]?: readonly Hook[] };

export interface Hook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

export interface Linux {
  readonly namespaces?: readonly Namespace[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly timeOffsets?: Readonly<Record<string, { readonly secs?: Integer64; readonly nanosecs?: number }>>;
  readonly devices?: readonly Device[];
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>;
  readonly cgroupsPath?: string;
  readonly resources?: Resources;
  readonly rootfsPropagation?: "shared" | "slave" | "private" | "unbindable" | "rshared" | "rslave" | "rprivate";
  readonly seccomp?: Seccomp;
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly mountLabel?: string;
  readonly intelRdt?: Readonly<Record<string, unknown>>;
  readonly memoryPolicy?: { readonly mode: string; readonly nodes?: string; readonly flags?: readonly string[] };
  readonly personality?: { readonly domain: "LINUX" | "LINUX32"; readonly flags?: readonly string[] };
}

export type NamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";

export interface Namespace {
  readonly type: NamespaceType;
  readonly path?: string;
}

export interface Device {
  readonly type: "c" | "b" | "u" | "p";
  readonly path: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: "a" | "c" | "b";
  readonly major?: number;
  readonly minor?: number;
  readonly access?: string;
}

export interface Resources {
  readonly devices?: readonly DeviceRule[];
  readonly memory?: {
    readonly limit?: Integer64;
    readonly reservation?: Integer64;
    readonly swap?: Integer64;
    readonly kernel?: Integer64;
    readonly kernelTCP?: Integer64;
    readonly swappiness?: number;
    readonly disableOOMKiller?: boolean;
    readonly useHierarchy?: boolean;
    readonly checkBeforeUpdate?: boolean;
  };
  readonly cpu?: {
    readonly shares?: Integer64;
    readonly quota?: Integer64;
    readonly burst?: Integer64;
    readonly period?: Integer64;
    readonly realtimeRuntime?: Integer64;
    readonly realtimePeriod?: Integer64;
    readonly cpus?: string;
    readonly mems?: string;
    readonly idle?: number;
  };
  readonly blockIO?: {
    readonly weight?: number;
    readonly leafWeight?: number;
    readonly weightDevice?: readonly DeviceWeight[];
    readonly throttleReadBpsDevice?: readonly DeviceThrottle[];
    readonly throttleWriteBpsDevice?: readonly DeviceThrottle[];
    readonly throttleReadIOPSDevice?: readonly DeviceThrottle[];
    readonly throttleWriteIOPSDevice?: readonly DeviceThrottle[];
  };
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: Integer64 }[];
  readonly network?: {
    readonly classID?: number;
    readonly priorities?: readonly { readonly name: string; readonly priority: number }[];
  };
  readonly pids?: { readonly limit: Integer64 };
  readonly rdma?: Readonly<Record<string, { readonly hcaHandles?: number; readonly hcaObjects?: number }>>;
  readonly unified?: Readonly<Record<string, string>>;
}

export interface DeviceWeight {
  readonly major: number;
  readonly minor: number;
  readonly weight?: number;
  readonly leafWeight?: number;
}

export interface DeviceThrottle {
  readonly major: number;
  readonly minor: number;
  readonly rate: Integer64;
}

export interface Seccomp {
  readonly defaultAction: SeccompAction;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SeccompSyscall[];
}

export type SeccompAction =
  | "SCMP_ACT_KILL"
  | "SCMP_ACT_KILL_PROCESS"
  | "SCMP_ACT_KILL_THREAD"
  | "SCMP_ACT_TRAP"
  | "SCMP_ACT_ERRNO"
  | "SCMP_ACT_TRACE"
  | "SCMP_ACT_ALLOW"
  | "SCMP_ACT_LOG"
  | "SCMP_ACT_NOTIFY";

export interface SeccompSyscall {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

export interface SeccompArgument {
  readonly index: number;
  readonly value: Integer64;
  /** SCMP_CMP_MASKED_EQ: `value` is the mask, `valueTwo` what the masked argument must be. */
  readonly valueTwo?: Integer64;
  readonly op:
    | "SCMP_CMP_NE"
    | "SCMP_CMP_LT"
    | "SCMP_CMP_LE"
    | "SCMP_CMP_EQ"
    | "SCMP_CMP_GE"
    | "SCMP_CMP_GT"
    | "SCMP_CMP_MASKED_EQ";
}
