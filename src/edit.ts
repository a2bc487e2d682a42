import type { Action, Release } from "./action.ts";
import type { OwnedAttribute } from "./attribute.ts";
import type { Filter } from "./filter.ts";
import type { DeviceRule, Linux, NamespaceType, Resources, RlimitType } from "./oci/spec.ts";

/** What a directive asks for: a change of the config, of the host before the start, or of the host after the end. */
export type Change = Edit | Action | Release | Warning;

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
  | LinuxEdit
  | RlimitEdit
  | DevicesEdit
  | ResourcesEdit
  | AttributeEdit
  | SeccompEdit;

/**
 * How one path looks from inside, in systemd's order of strength (src/core/namespace.c, MountMode): of two entries for
 * one path the one further up wins.
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

/** One declaration about one path. Directives declare; apply/paths.ts alone decides what becomes of all of them. */
export interface PathEdit {
  readonly kind: "path";
  /** In the container; absolute and simplified, links not yet followed. */
  readonly path: string;
  readonly access: Access;
  /** A missing path is no error (systemd's `-`). */
  readonly optional?: true;
  /** An action makes the path before the mounts: what is there now, a link perhaps, does not count. */
  readonly made?: true;
  /** bind: what is shown there, a path of the host. */
  readonly source?: string;
  /** bind: an action makes the source, a real directory whatever is there now. */
  readonly sourceMade?: true;
  /** bind: it is the engine's own mount of this path in another form, and so takes its place. */
  readonly replacesEngines?: true;
  /** bind: mounts below the source are shown too. */
  readonly recursive?: boolean;
  /** bind, tmpfs: what it holds cannot be written. */
  readonly readOnly?: boolean;
  /** bind: read-only where what lies above it is. */
  readonly inherits?: true;
  readonly noExec?: boolean;
  readonly noSuid?: boolean;
  readonly noDevices?: boolean;
  /** bind: files of `inside.uid` on disk are shown as those of `outside` (an ID-mapped mount). */
  readonly idMap?: IdMap;
  /** kernel: what is mounted afresh, as the container's namespaces have it. */
  readonly fileSystem?: KernelFileSystem;
  /** tmpfs, kernel: options for the kernel, `mode=0755`, `hidepid=invisible` … */
  readonly options?: readonly string[];
}

export type KernelFileSystem = "proc" | "sysfs" | "mqueue" | "cgroup2";

/** On disk → in the container, one user and one group. */
export interface IdMap {
  readonly disk: { readonly uid: number; readonly gid: number };
  readonly shown: { readonly uid: number; readonly gid: number };
  /** Groups besides. */
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

/** Where a variable comes from; later layers win (systemd's build_environment order). */
export const ENVIRONMENT_LAYERS = ["login", "directories", "searchPath", "passed", "set", "file"] as const;
export type EnvironmentLayer = (typeof ENVIRONMENT_LAYERS)[number];

export interface EnvironmentEdit {
  readonly kind: "environment";
  readonly layer: EnvironmentLayer;
  readonly variables: Readonly<Record<string, string>>;
}

/** Removed last: `NAME`, or `NAME=VALUE` when it has just this value. */
export interface UnsetEnvironmentEdit {
  readonly kind: "unsetEnvironment";
  readonly names: readonly string[];
}

/** Never wider than what the engine gave, but for `ambient` where the bounding set has it. Names as in `CAP_CHOWN`. */
export interface CapabilitiesEdit {
  readonly kind: "capabilities";
  /** The bounding set is cut down to these. */
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
  readonly ambient?: readonly string[];
  /** A user that is not root starts with the ambient ones and no other; the bounding set stays. */
  readonly onlyAmbient?: true;
}

export interface NamespaceEdit {
  readonly kind: "namespace";
  readonly type: NamespaceType;
  /** Joined instead of made. */
  readonly path?: string;
}

/** A user namespace of the container's own: `self` maps root and its users and groups, `identity` the first 65,536 IDs. */
export interface UserNamespaceEdit {
  readonly kind: "userNamespace";
  readonly map: "self" | "identity";
  /** Whom `self` maps besides the user of the process: root, too, can only change what a known user owns. */
  readonly uids?: readonly number[];
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

/** Only these devices can be used, as far as the engine allows them. */
export interface DevicesEdit {
  readonly kind: "devices";
  readonly allow: readonly DeviceRule[];
  /** Of the engine's nodes those that are not allowed go too (PrivateDevices=). */
  readonly dropsNodes: boolean;
}

/** Members of `linux.resources`, joined with what is there member by member. */
export interface ResourcesEdit {
  readonly kind: "resources";
  readonly resources: Resources;
}

/** What the kernel keeps per process and programs inherit, set on the container's init before its program runs. */
export interface AttributeEdit extends OwnedAttribute {
  readonly kind: "attribute";
}

/** One more filter; all of them and the engine's own become one profile that allows what each of them allows. */
export interface SeccompEdit {
  readonly kind: "seccomp";
  readonly filter: Filter;
}

/** Something the user should know; shown by `dynuser show`, printed by `dynuser run`. */
export interface Warning {
  readonly kind: "warning";
  readonly text: string;
}
