import type { DeviceRule, Linux, NamespaceType, Resources, RlimitType } from "../oci/spec.ts";
import type { Action, Release } from "./action.ts";
import type { OwnedAttribute } from "./attribute.ts";
import type { Filter } from "./filter.ts";
import type { OwnedNetworkRule } from "./networkRule.ts";

/** A change that a directive makes: of the config, of the host before the start, or of the host after the end. */
export type Change = Edit | Action | Release | Warning;

/** A change that a row's `plan` yields. A system call filter is the row's `filter`, which has a position. */
export type PlannedChange = Exclude<Change, SeccompEdit>;

/** A change of config.json; data, applied by apply/. */
export type Edit =
  | PathEdit
  | UserEdit
  | ProcessEdit
  | EnvironmentEdit
  | UnsetEnvironmentEdit
  | CapabilitiesEdit
  | NamespaceEdit
  | UserNamespaceEdit
  | HostnameEdit
  | LinuxEdit
  | RlimitEdit
  | DevicesEdit
  | ResourcesEdit
  | AttributeEdit
  | NetworkRuleEdit
  | SeccompEdit;

/**
 * Access to one path, strongest first as in systemd (src/core/namespace.c, MountMode): the first of two entries for one
 * path is used.
 */
export const ACCESSES = [
  "inaccessible",
  "bind",
  "privateTmp",
  "privateDevices",
  "emptyDirectory",
  "kernel",
  "readOnly",
  "readWrite",
  "noExec",
  "exec",
  "tmpfs",
  "readWriteImplicit",
] as const;

export type Access = (typeof ACCESSES)[number];

/** One declaration about one path; apply/mounts/paths.ts resolves all of them together. */
export interface PathEdit {
  readonly kind: "path";
  /** In the container; absolute and simplified, links not yet followed. */
  readonly path: string;
  readonly access: Access;
  /** The name of the directive that it comes from, for messages; set when edits are applied. */
  readonly directive?: string;
  /** A missing path is no error (systemd's `-`). */
  readonly optional?: true;
  /** Annotations ask for it over a profile: it adds to the profile's entries of the path and replaces none. */
  readonly requested?: true;
  /** An action creates the path before it is mounted, so its present type is not checked. */
  readonly made?: true;
  /** bind: the host has a symbolic link there, so that a mount is only needed where another mount covers that. */
  readonly linked?: true;
  /** bind: the source, a path of the host. */
  readonly source?: string;
  /** bind: an action creates the source as a directory, so its present type is not checked. */
  readonly sourceMade?: true;
  /** bind: replaces the engine's mount of this path. */
  readonly replacesEngines?: true;
  /** bind: includes the mounts below the source. */
  readonly recursive?: boolean;
  /** bind, tmpfs: mounted read-only. */
  readonly readOnly?: boolean;
  /** bind: read-only if its parent is. */
  readonly inherits?: true;
  readonly noExec?: boolean;
  readonly noSuid?: boolean;
  readonly noDevices?: boolean;
  /** bind: files of `inside.uid` on disk are shown as those of `outside` (an ID-mapped mount). */
  readonly idMap?: IdMap;
  /** kernel: the file system type of a new mount in the container's namespaces. */
  readonly fileSystem?: KernelFileSystem;
  /** tmpfs, kernel: options for the kernel, `mode=0755`, `hidepid=invisible` … */
  readonly options?: readonly string[];
}

export type KernelFileSystem = "proc" | "sysfs" | "mqueue" | "cgroup2" | "bpf";

/** On disk → in the container, one user and one group. */
export interface IdMap {
  readonly disk: { readonly uid: number; readonly gid: number };
  readonly shown: { readonly uid: number; readonly gid: number };
  /** Additional groups. */
  readonly groups?: readonly { readonly disk: number; readonly shown: number }[];
}

export interface UserEdit {
  readonly kind: "user";
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** One scalar of `process`; two owners that want different values are a conflict. */
export type ProcessEdit = {
  readonly [F in ProcessField]: { readonly kind: "process"; readonly field: F; readonly value: ProcessFields[F] };
}[ProcessField];

export interface ProcessFields {
  readonly umask: number;
  readonly cwd: string;
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  readonly apparmorProfile: string;
  readonly selinuxLabel: string;
}
export type ProcessField = keyof ProcessFields;

/** The source of a variable; later layers win (src/core/exec-invoke.c, build_environment). */
export const ENVIRONMENT_LAYERS = ["login", "directories", "searchPath", "passed", "set", "file"] as const;
export type EnvironmentLayer = (typeof ENVIRONMENT_LAYERS)[number];

export interface EnvironmentEdit {
  readonly kind: "environment";
  readonly layer: EnvironmentLayer;
  readonly variables: Readonly<Record<string, string>>;
}

/** Removed last: `NAME`, or `NAME=VALUE` for a variable with exactly this value. */
export interface UnsetEnvironmentEdit {
  readonly kind: "unsetEnvironment";
  readonly names: readonly string[];
}

/** Never more than the engine granted, except `ambient` within the bounding set. Names as in `CAP_CHOWN`. */
export interface CapabilitiesEdit {
  readonly kind: "capabilities";
  /** The bounding set is reduced to these. */
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
  readonly ambient?: readonly string[];
  /** A user other than root starts with the ambient capabilities only; the bounding set is kept. */
  readonly onlyAmbient?: true;
}

export interface NamespaceEdit {
  readonly kind: "namespace";
  readonly type: NamespaceType;
  /** Joined instead of created. */
  readonly path?: string;
}

/**
 * A new user namespace: `self` maps root and the container's users and groups, `identity` the first 65,536 IDs, `full` all,
 * `shared` all IDs of dynuser's own namespace, of which `shared` changes places with the container's user.
 */
export interface UserNamespaceEdit {
  readonly kind: "userNamespace";
  readonly map: "self" | "identity" | "full" | "shared";
  /** shared: the IDs of dynuser's own user namespace, and the one that the container's user has in it. */
  readonly ids?: OwnIds;
  readonly shared?: { readonly uid: number; readonly gid: number };
  /** Users that `self` maps in addition to the process's: even root cannot change files of unmapped owners. */
  readonly uids?: readonly number[];
}

/** The IDs that a user namespace maps, each range as a whole (user_namespaces(7)). */
export interface OwnIds {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** The hostname of the container's UTS namespace. */
export interface HostnameEdit {
  readonly kind: "hostname";
  readonly hostname: string;
}

/** One scalar of `linux`. */
export type LinuxEdit = {
  readonly [F in LinuxField]: { readonly kind: "linux"; readonly field: F; readonly value: LinuxFields[F] };
}[LinuxField];

export interface LinuxFields {
  readonly rootfsPropagation: NonNullable<Linux["rootfsPropagation"]>;
  readonly personality: NonNullable<Linux["personality"]>;
  readonly memoryPolicy: NonNullable<Linux["memoryPolicy"]>;
}
export type LinuxField = keyof LinuxFields;

export interface RlimitEdit {
  readonly kind: "rlimit";
  readonly type: RlimitType;
  /** `infinity` is 2^64-1. */
  readonly soft: bigint;
  readonly hard: bigint;
}

/** Restricts devices to these, as far as the engine allows them. */
export interface DevicesEdit {
  readonly kind: "devices";
  readonly allow: readonly DeviceRule[];
  /** Also removes the engine's nodes that are not allowed (PrivateDevices=). */
  readonly dropsNodes: boolean;
}

/** Members of `linux.resources`, merged member by member. */
export interface ResourcesEdit {
  readonly kind: "resources";
  readonly resources: Resources;
}

/** A process attribute, set on the container's init before its program runs. */
export interface AttributeEdit extends OwnedAttribute {
  readonly kind: "attribute";
}

/** A rule for the network of the container's cgroup, enforced before its program runs. */
export interface NetworkRuleEdit extends OwnedNetworkRule {
  readonly kind: "networkRule";
}

/** One filter; all filters and the engine's profile are merged into one that allows what each of them allows. */
export interface SeccompEdit {
  readonly kind: "seccomp";
  readonly filter: Filter;
}

/** Shown by `dynuser show`, printed by `dynuser run`. */
export interface Warning {
  readonly kind: "warning";
  readonly text: string;
}
