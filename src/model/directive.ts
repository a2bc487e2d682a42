import type { Spec } from "../oci/spec.ts";
import type { PlannedChange } from "./edit.ts";
import type { Facts, Identity } from "./facts.ts";
import type { FilterOrder, FilterRules } from "./filter.ts";
import type { Suggestion } from "./suggestion.ts";

/** The services that a value's parser may use. */
export interface ParseContext {
  /** Replaces systemd's specifiers (%n, %i, %S …); throws InvalidValueError for an unknown one. */
  expand(text: string): string;
  /** Drops one item of a list as systemd does: a warning in a unit file, an error elsewhere. */
  complain(found: string, expected: string): void;
}

/** Text → value. `parse` never sees an empty assignment unless `acceptsEmpty` says so. */
export interface Value<T> {
  /** Grammar shown in the manual and in errors, for example `yes | no | full | strict`. */
  readonly syntax: string;
  /** @throws InvalidValueError when the whole assignment is invalid. */
  parse(text: string, reading: ParseContext): T;
  /** Merges a later assignment into an earlier one; without it the later one replaces the earlier one. */
  merge?(earlier: T, later: T): T;
  /**
   * Whether `value` grants a container at most what `bound` does, for the administrator's `maxima`. Without it only
   * `bound` itself is within `bound`.
   */
  within?(value: T, bound: T): boolean;
  /** An empty assignment is a value (CapabilityBoundingSet=) instead of a return to the default. */
  readonly acceptsEmpty?: true;
}

/**
 * What a setting does to the container, from the administrator's point of view: it `restricts` rights, `grants` rights
 * or host resources, chooses the `identity`, names a service `directory`, or is `neutral` (environment, names).
 */
export type Effect = Directive["effect"];

export type Support = "full" | "partial" | "ignored" | "refused";

/** A setting that a value implies, applied after the other directive's assignments. */
export interface Implication<T = unknown> {
  readonly directive: Directive<T>;
  /** The implied value; `current` is the assigned one, if any. */
  value(current: T | undefined): T;
}

/** One setting of systemd's vocabulary: everything that dynuser knows of it. */
export type Directive<T = unknown> = DirectiveRow<T> & (Restricting | Identifying | OtherEffect);

interface Restricting {
  readonly effect: "restricts";
  /** What `analyze suggest` tries of it. */
  readonly suggest: Suggestion | "never";
  readonly allowedFrom?: AllowedFrom;
}

interface Identifying {
  readonly effect: "identity";
  readonly suggest?: "never";
  readonly allowedFrom: AllowedFrom;
}

interface OtherEffect {
  readonly effect: "grants" | "directory" | "neutral";
  readonly suggest?: Suggestion | "never";
  /** Absent: the effect decides (config/policy.ts). */
  readonly allowedFrom?: AllowedFrom;
}

/** The strictest of the policies `tenant`, `safe` and `all` under which annotations may set a directive. */
type AllowedFrom = "tenant" | "safe" | "all";

interface DirectiveRow<T> {
  readonly name: string;
  /** One line for the manual. */
  readonly summary: string;
  readonly value: Value<T>;
  readonly support: Support;
  /** How it differs from systemd, or why it is refused and the alternative; required unless `full`. */
  readonly deviation?: string;
  /** The version of systemd that introduced it, for those newer than 257. */
  readonly since?: number;
  /** Other names of the same setting (ReadWriteDirectories=). */
  readonly aliases?: readonly string[];
  /** The directives that this one assigns (TimeoutSec=). */
  readonly expandsTo?: readonly string[];
  /** Its value holds a secret, which is neither shown nor recorded. */
  readonly secret?: true;
  /** The newer directive that replaces it, with the same effect. */
  readonly supersededBy?: string;
  /** It selects the user or a group of the process. */
  readonly selectsUser?: true;
  /** A profile that sets it restricts its containers, although the effect is another one. */
  readonly binding?: true;
  /** Engines have an option for it, which `convert` writes, or do it by themselves. */
  readonly engineNative?: true;
  /** podman overwrites it after its hooks. */
  readonly replacedByPodman?: true;
  /** The reason why only `dynuser run` can honour it, and an engine's container ignores it. */
  readonly runOnly?: string;
  /** Its paths are also shown to commands with the prefix +, which run without the sandbox and the user. */
  readonly appliesToPrivilegedCommands?: true;
  /** Its actions make directories of the host, which the paths of all other directives may name. */
  readonly makesDirectories?: true;
  /** Directives that an empty assignment also resets (BindPaths= and BindReadOnlyPaths=). */
  readonly resets?: readonly string[];
  /** The settings that this value implies. */
  implies?(value: T): Iterable<Implication>;
  /** One problem for each combination of settings that is impossible; runs before any change of the host. */
  check?(value: T, service: Service): Iterable<string>;
  /** The changes that the value makes; pure. Absent if only other directives read the value (StateDirectoryMode=). */
  plan?(value: T, context: Context): Iterable<PlannedChange>;
  /** The system call filter of the value. */
  readonly filter?: DirectiveFilter<T>;
}

export interface DirectiveFilter<T> {
  readonly order: FilterOrder;
  /** Pure; undefined where the value needs no filter. */
  rules(value: T, context: Context): FilterRules | undefined;
}

/** Declares a directive and keeps its value's type for Service.get. */
export function directive<T>(row: Directive<T>): Directive<T> {
  return row;
}

/** An implication with its types checked against the directive it names. */
export function imply<T>(row: Implication<T>): Implication {
  return row as Implication;
}

/** Everything that a directive may depend on. */
export interface Context {
  readonly service: Service;
  /** Absent: the service runs as root, or as the engine's user. */
  readonly identity: Identity | undefined;
  readonly spec: Spec;
  readonly facts: Facts;
  readonly scope: Scope;
  /** What the host cannot grant is reported as a warning, as systemd does; refused if absent. */
  readonly goesOnWithout?: boolean;
}

/** Names and paths of one start. */
export interface Scope {
  /** The unit's name without suffix and instance, `web`; specifier %p. */
  readonly name: string;
  /** The full unit name, `web@1.service`; specifier %n. */
  readonly unit: string;
  readonly containerId: string;
  /** Unguessable, 16 hexadecimal digits: part of names in directories that all users can write. */
  readonly token: string;
  /** dynuser's files for this container, below /run/dynuser. */
  readonly directory: string;
  /** The caller's environment, for PassEnvironment=. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absent for services of the host. */
  readonly storage?: Storage;
  /** The bases of service directories by the host's, for a caller without root. */
  readonly bases?: ReadonlyMap<string, string> | undefined;
  /** dynuser's state until the next boot, if not /run/dynuser. */
  readonly own?: string;
}

/** Where the directories of a container lie that must not share the host's paths, and their owner. */
export interface Storage {
  /** Prefix of persistent directories: `dynuser-pods/shop/`. */
  readonly prefix: string;
  /** Prefix of runtime directories, one directory for each container: `dynuser-pods/shop_web-0_main/`. */
  readonly runtimePrefix: string;
  /** Sources, by directive, that lie at the host's own paths all the same, with everything below them. */
  readonly shared?: Readonly<Record<string, readonly string[]>>;
  /** The owner on disk of what an ID-mapped mount shows. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The UID if all nodes of a cluster use the same one. */
  readonly fixedUid?: number;
}

/** The settings of one service after reading, merging and implying; immutable. */
export interface Service {
  get<T>(directive: Directive<T>): T | undefined;
  /** Every directive that has a value, in the order of the directives' names. */
  entries(): Iterable<readonly [Directive, unknown]>;
  /** The directive that implied this one; undefined if it was assigned. */
  impliedBy(directive: Directive): Directive | undefined;
}
