import type { Change } from "./edit.ts";
import type { Context } from "./plan.ts";
import type { Service } from "./service.ts";

/** Reading one value: what a parser may ask for and complain about. */
export interface Reading {
  /** Replaces systemd's specifiers (%n, %i, %S …); throws BadValue for an unknown one. */
  expand(text: string): string;
  /** Drops one item of a list as systemd does: a warning in a unit file, an error elsewhere. */
  complain(found: string, expected: string): void;
}

/** Text → value. `parse` never sees an empty assignment unless `acceptsEmpty` says so. */
export interface Value<T> {
  /** Grammar shown in the manual and in errors, for example `yes | no | full | strict`. */
  readonly syntax: string;
  /** @throws BadValue when the whole assignment is to be ignored. */
  parse(text: string, reading: Reading): T;
  /** Joins a later assignment to an earlier one; without it the later one replaces the earlier one. */
  merge?(earlier: T, later: T): T;
  /**
   * Whether `value` leaves a container no more than `bound` does, for what administrators allow at most. Without it
   * nothing but `bound` itself is within `bound`.
   */
  within?(value: T, bound: T): boolean;
  /** An empty assignment is a value of its own (CapabilityBoundingSet=) and not a return to the default. */
  readonly acceptsEmpty?: true;
}

/**
 * What honouring a setting does to the container, seen from the administrator: `takes` rights away, `gives` rights or
 * host resources, chooses the `identity`, names one of the five `directory` kinds, or is `neutral` (environment, names).
 */
export type Effect = "takes" | "gives" | "identity" | "directory" | "neutral";

export type Support = "full" | "partial" | "ignored" | "refused";

/** Settings that a value brings with it: `value` is what the other directive has, after its own assignments. */
export interface Implication<T = unknown> {
  readonly directive: Directive<T>;
  /** The value it gets; `current` is what the user wrote, if anything. */
  value(current: T | undefined): T;
}

/** One word of systemd's vocabulary. */
export interface Directive<T = unknown> {
  readonly name: string;
  /** One line for the manual. */
  readonly summary: string;
  readonly value: Value<T>;
  readonly support: Support;
  readonly effect: Effect;
  /** How it differs from systemd, or why it is refused and what to use instead; required unless `full`. */
  readonly deviation?: string;
  /** Other names of the same setting (ReadWriteDirectories=). */
  readonly aliases?: readonly string[];
  /** Short for the same assignment of each of these (TimeoutSec=). */
  readonly standsFor?: readonly string[];
  /** Only `dynuser run` can honour it; why it is ignored for an engine's container. */
  readonly onlyRun?: string;
  /** Its paths are for commands with the prefix + too, which are rid of the sandbox and of the user. */
  readonly unconditional?: true;
  /** Directives that an empty assignment of this one resets too (BindPaths= and BindReadOnlyPaths=). */
  readonly resets?: readonly string[];
  /** What else this value switches on. */
  implies?(value: T): Iterable<Implication>;
  /** What cannot go together, one problem each; asked before anything is claimed or made. */
  check?(value: T, service: Service): Iterable<string>;
  /** What the value asks for; pure. Absent where others read the value (StateDirectoryMode=). */
  plan?(value: T, context: Context): Iterable<Change>;
}

/** Declares a directive; keeps the value's type for those who read it through the service. */
export function directive<T>(row: Directive<T>): Directive<T> {
  return row;
}

/** An implication with its types checked against the directive it names. */
export function imply<T>(row: Implication<T>): Implication {
  return row as Implication;
}
