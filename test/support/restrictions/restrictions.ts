/** One restricting row with the setting to try and what its probe (probe.pl) answers from inside. */
export interface Restriction {
  readonly row: string;
  readonly value: string;
  /** Settings without which the row has no effect. */
  readonly needs?: readonly string[];
  readonly answer: RegExp;
  /** Rows of one group can be set together. */
  readonly group: "together" | "processes" | "devices" | "network" | "interfaces";
  /** Why the answer is the same without the setting; absent: it differs for root. */
  readonly alwaysSo?: string;
  /** Only cgroup v2 has it; on version 1 it must be refused. */
  readonly unifiedOnly?: true;
}

type Row = readonly [row: string, value: string, answer: RegExp, more?: Partial<Restriction>];

const REFUSED = /^Operation not permitted$/;
const PRIVATE = /^private$/;
const LIMITED = /\b1000000\b/;

const TOGETHER: readonly Row[] = [
  ["AllowedCPUs", "0", /^0$/],
  ["AllowedMemoryNodes", "0", /^0$/, { alwaysSo: "hosts with one memory node" }],
  ["CPUQuota", "50%", /^50000\b/],
  ["CPUSchedulingResetOnFork", "yes", /^reset$/, { needs: ["CPUSchedulingPolicy=batch"] }],
  ["CapabilityBoundingSet", "~CAP_SYS_BOOT", /^dropped$/],
  ["InaccessiblePaths", "/media", /^0$/],
  ["LockPersonality", "yes", REFUSED],
  ["MemoryDenyWriteExecute", "yes", REFUSED],
  ["MemoryHigh", "100M", /^104857600$/, { unifiedOnly: true }],
  ["MemoryMax", "200M", /^209715200$/],
  ["MemorySwapMax", "100M", /^104857600$/, { unifiedOnly: true }],
  ["MemoryZSwapMax", "100M", /^104857600$/, { unifiedOnly: true }],
  ["NoExecPaths", "/srv", /^noexec$/],
  ["NoNewPrivileges", "yes", /^1$/],
  ["PrivateDevices", "yes", /^missing$/],
  ["PrivateIPC", "yes", PRIVATE],
  ["PrivateMounts", "yes", PRIVATE, { alwaysSo: "every container has a mount namespace" }],
  ["PrivateNetwork", "yes", PRIVATE],
  ["PrivateTmp", "yes", /^missing$/],
  ["ProtectClock", "yes", /^dropped$/],
  ["ProtectControlGroups", "yes", /^ro$/],
  ["ProtectHome", "yes", /^0$/],
  ["ProtectHostname", "yes", PRIVATE],
  ["ProtectKernelLogs", "yes", /^hidden$/],
  ["ProtectKernelModules", "yes", /^dropped$/],
  ["ProtectKernelTunables", "yes", /^ro$/],
  ["ProtectProc", "invisible", /^hidepid=invisible$/],
  ["ProtectSystem", "full", /^ro$/],
  ["ReadOnlyPaths", "/srv", /^ro$/],
  ["RestrictAddressFamilies", "AF_UNIX", /^Address family not supported by protocol$/],
  ["RestrictNamespaces", "yes", /^refused$/],
  ["RestrictRealtime", "yes", REFUSED],
  ["RestrictSUIDSGID", "yes", REFUSED],
  ["SystemCallArchitectures", "native", /^did not run$/],
  ["SystemCallFilter", "~getcpu", REFUSED, { needs: ["SystemCallErrorNumber=EPERM"] }],
  ["TasksMax", "77", /^77$/],
];

const PROCESSES: readonly Row[] = [
  ["PrivatePIDs", "yes", PRIVATE],
  ["PrivateUsers", "yes", PRIVATE],
  ["MemoryLimit", "100M", /^104857600$/],
  ["DevicePolicy", "closed", REFUSED],
];

const DEVICES: readonly Row[] = [
  ["ProcSubset", "pid", /^missing$/],
  ["DeviceAllow", "/dev/null r", REFUSED],
  ["PrivateBPF", "yes", /^mode=700$/],
  ["IOReadBandwidthMax", "/var 1M", LIMITED],
  ["IOWriteBandwidthMax", "/var 1M", LIMITED],
  ["IOReadIOPSMax", "/var 77", /\b77$|riops=77/],
  ["IOWriteIOPSMax", "/var 78", /\b78$|wiops=78/],
];

const NETWORK: readonly Row[] = [
  ["IPAddressDeny", "any", REFUSED],
  ["SocketBindDeny", "any", REFUSED],
];

const INTERFACES: readonly Row[] = [["RestrictNetworkInterfaces", "~lo", REFUSED]];

export const RESTRICTIONS: readonly Restriction[] = [
  ...toRestrictions(TOGETHER, "together"),
  ...toRestrictions(PROCESSES, "processes"),
  ...toRestrictions(DEVICES, "devices"),
  ...toRestrictions(NETWORK, "network"),
  ...toRestrictions(INTERFACES, "interfaces"),
];

/** Rows that can only be refused for what would restrict. */
export const REFUSED_VALUES: Readonly<Record<string, string>> = {
  StateDirectoryQuota: "10M",
  CacheDirectoryQuota: "10M",
  LogsDirectoryQuota: "10M",
};

function toRestrictions(rows: readonly Row[], group: Restriction["group"]): readonly Restriction[] {
  return rows.map(([row, value, answer, more]) => ({ row, value, answer, group, ...more }));
}
