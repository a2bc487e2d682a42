import { networkRulesOf } from "../model/networkRule.ts";
import { NOBODY_ID } from "../model/nobody.ts";
import type { Hook } from "../oci/spec.ts";
import { includesAny, isLoopback } from "../values/addressRanges.ts";
import type { Assess } from "./assessor.ts";
import type { Evidence } from "./evidence.ts";

/** Assessors of the process's user and namespaces. */
export const ISOLATION = {
  UserOrDynamicUser: ({ process }) => ({ 0: 10, [NOBODY_ID]: 9 })[process.user.uid] ?? 0,
  SupplementaryGroups: (evidence) => (isRoot(evidence) ? undefined : Number(hasOtherGroups(evidence))),
  PrivateMounts: ({ namespace }) => Number(namespace("mount") === undefined),
  PrivateNetwork: (evidence) => Number(hasNetwork(evidence)),
  PrivateUsers: ({ namespace }) => Number(namespace("user") === undefined),
  IPAddressDeny: (evidence) => (hasNetwork(evidence) ? assessAddresses(evidence) : 0),
  RemoveIPC: (evidence) => (isRoot(evidence) ? undefined : Number(leavesIpc(evidence))),
  NoNewPrivileges: ({ process }) => Number(process.noNewPrivileges !== true),
  AmbientCapabilities: ({ process }) => Number((process.capabilities?.ambient ?? []).length > 0),
  UMask: ({ process }) => assessUmask(process.user.umask ?? 0o022),
  /** Both low-level runtimes create a new session keyring. */
  KeyringMode: () => 0,
  NotifyAccess: ({ process }) => Number((process.env ?? []).some((entry) => entry.startsWith("NOTIFY_SOCKET="))),
} as const satisfies Record<string, Assess>;

function isRoot({ process }: Evidence): boolean {
  return process.user.uid === 0;
}

function hasOtherGroups({ process: { user } }: Evidence): boolean {
  return (user.additionalGids ?? []).some((gid) => gid !== user.gid);
}

/** A joined network namespace is assumed to be connected; a new one may be connected by a hook. */
function hasNetwork({ namespace, spec }: Evidence): boolean {
  const own = namespace("network");
  const hooks = [...(spec.hooks?.prestart ?? []), ...(spec.hooks?.createRuntime ?? [])];
  return own === undefined || own.path !== undefined || hooks.some(connects);
}

function connects({ path, args = [] }: Hook): boolean {
  return [path, ...args].some((word) => /libnetwork|netavark|cni|slirp|pasta/.test(word));
}

/** assess_ip_address_allow of systemd: all addresses, some, only the loopback's, or none. */
function assessAddresses({ spec }: Evidence): number {
  const closed = networkRulesOf(spec.annotations).flatMap(({ rule }) =>
    rule.kind === "packets" && includesAny(rule.deny) ? rule : [],
  );
  const leaks = closed.map(({ allow }) => (allow.length === 0 ? 0 : allow.every(isLoopback) ? 2 : 5));
  return Math.min(10, ...leaks);
}

function leavesIpc({ namespace, subject }: Evidence): boolean {
  return namespace("ipc") === undefined && !subject.removesIpc;
}

/** The first permission that the mask leaves decides. */
function assessUmask(umask: number): number {
  const RIGHTS = [
    [0o002, 10],
    [0o004, 5],
    [0o020, 2],
    [0o040, 1],
  ] as const;
  return RIGHTS.find(([bit]) => (umask & bit) === 0)?.[1] ?? 0;
}
