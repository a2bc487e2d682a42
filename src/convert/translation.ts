import type { Service } from "../model/directive.ts";
import type { Setting } from "../settings/setting.ts";
import type { Variables } from "../values/environment.ts";
import type { ContainerKey } from "./containerKeys.ts";

/** A unit: its values and its text. */
export interface Unit {
  /** `web@one.service` */
  readonly name: string;
  readonly service: Service;
  /** As written, in order. */
  readonly settings: readonly Setting[];
}

/** The options of a container that make it like the unit. */
export interface Translation {
  /** `web-one` */
  readonly name: string;
  /** Keys without prefix: `Name`, `Profile`, and directives with their assignments, one per line. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Settings that annotations may not have; for a file of the administrator. */
  readonly profile?: Profile;
  /** Absent: the image's entry point and arguments. */
  readonly command?: readonly string[];
  /** After the image's entry point, where there is no command. */
  readonly args?: readonly string[];
  readonly environment: Variables;
  /** Variables of the caller. */
  readonly passed: readonly string[];
  /** Files of variables that engines read as systemd does. */
  readonly environmentFiles: readonly string[];
  /** Of the image, `redis` or `redis:redis`; absent: the image's own, or a dynamic user. */
  readonly user?: string;
  readonly groups: readonly string[];
  readonly workingDirectory?: string;
  readonly ulimits: readonly Ulimit[];
  /** In addition to the engine's: `SYS_TIME`. */
  readonly capabilities: readonly string[];
  readonly volumes: readonly Volume[];
  /** What a Quadlet file says of its container beyond that. */
  readonly keys: readonly ContainerKey[];
  /** `host`, `none`, what the engine calls a network, or `default`. */
  readonly network: string;
  readonly restart: "no" | "on-failure" | "always";
  readonly isNotifying: boolean;
  readonly isOneshot: boolean;
  /** A number; absent: SIGTERM. */
  readonly stopSignal?: number;
  /** From the stop signal to SIGKILL; `Infinity`: no limit. */
  readonly stopSeconds: number;
  readonly runSeconds?: number;
  /** Settings that a Quadlet file keeps in its [Service], as they are. */
  readonly kept: readonly Setting[];
  /** One line for each setting that the container does not have. */
  readonly leftOut: readonly string[];
  /** What differs, and what the image has to have; one line each. */
  readonly notes: readonly string[];
}

export interface Profile {
  readonly name: string;
  /** YAML. */
  readonly text: string;
}

export interface Ulimit {
  /** `nofile` */
  readonly name: string;
  /** -1: no limit. */
  readonly soft: bigint;
  readonly hard: bigint;
}

export interface Volume {
  /** A path of the host, or a name of the engine's. */
  readonly source: string;
  readonly path: string;
  /** `ro`, `rbind` … */
  readonly options: readonly string[];
}

/** Engines take 0 for "at once", and no word for "never". */
const NEVER_SECONDS = 2 ** 31 - 1;

/** Whole seconds for an engine. */
export function secondsOf(seconds: number): number {
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : NEVER_SECONDS;
}
