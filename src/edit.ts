import type { Action, Release } from "./action.ts";
import type { Filter } from "./filter.ts";
import type { NamespaceType, Process, RlimitType } from "./oci/spec.ts";

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
  | RlimitEdit
  | SeccompEdit;

/**
 * How one path looks from inside, in systemd's order of strength (src/core/namespace.c, MountMode): of two entries for
 * one path the one further up wins.
 */
export const ACCESSES = [
  "inaccessible",
  "bind",
  "privateTmp",
  "emptyDirectory",
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
  /** bind: mounts below the source are shown too. */
  readonly recursive?: boolean;
  /** bind, tmpfs: what it holds cannot be written. */
  readonly readOnly?: boolean;
  readonly noExec?: boolean;
  readonly noSuid?: boolean;
  readonly noDevices?: boolean;
  /** bind: files of `inside.uid` on disk are shown as those of `outside` (an ID-mapped mount). */
  readonly idMap?: IdMap;
  /** tmpfs: options for the kernel, `mode=0755`, `size=10%` … */
  readonly options?: readonly string[];
}

/** On disk → in the container, one user and one group. */
export interface IdMap {
  readonly disk: { readonly uid: number; readonly gid: number };
  readonly shown: { readonly uid: number; readonly gid: number };
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
  readonly scheduler: NonNullable<Process["scheduler"]>;
  readonly ioPriority: NonNullable<Process["ioPriority"]>;
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
}

export interface RlimitEdit {
  readonly kind: "rlimit";
  readonly type: RlimitType;
  /** `infinity` is 2^64-1. */
  readonly soft: bigint;
  readonly hard: bigint;
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
