import type { Engine } from "../config/written.ts";
import type { Directive } from "../model/directive.ts";
import type { Translation } from "./translation.ts";

/** What a form has words for in addition to annotations; a setting with such a word is carried by it. */
export interface Words {
  /** `--env`, `--ulimit`, `--stop-signal`, a user by name; `stopSignal` and so on are the directives they stand for. */
  readonly limits: boolean;
  readonly stopSignal: boolean;
  readonly runTime: boolean;
  readonly caller: boolean;
  readonly workingDirectory: boolean;
  /** Whether its [Service] section keeps what systemd does with a service. */
  readonly serviceSection: boolean;
}

/** A form of the output. */
export interface Form {
  /** The engine whose policy for annotations applies. */
  readonly engine: Engine;
  /** What follows the name of the container in a file's name: `.container`. */
  readonly suffix: string;
  readonly words: Words;
  format(carried: Translation, image: string, sections: Sections): Formatted;
}

export type Sections = ReadonlyMap<string, readonly string[]>;

export interface Formatted {
  readonly text: string;
  /** What this form has no word for, one line each. */
  readonly leftOut: readonly string[];
}

/** How an engine's container gets a setting. */
export type Carrier =
  | { readonly kind: "annotation" }
  /** An option or a field of the engine. */
  | { readonly kind: "option" }
  | { readonly kind: "kept" }
  | { readonly kind: "nothing"; readonly reason: string };

/** What systemd itself does with a service, whatever its processes are. */
const MANAGED =
  /^(?:Restart|StartLimit|Timeout(?:Start|Stop)?Sec$|TimeoutStartFailureMode$|RuntimeMaxSec$|RuntimeRandomizedExtraSec$|SuccessExitStatus$|RemainAfterExit$|FailureAction$|RebootArgument$|Slice$)/;

/** Engines have an option for every limit but that of the address space. */
export function isLimitOption(name: string): boolean {
  return /^Limit(?!AS$)[A-Z]+$/.test(name);
}

/** @param isDynamic whether the user is a dynamic one, whose names and groups dynuser resolves */
export function carrierOf(row: Directive, words: Words, isDynamic: boolean): Carrier {
  if (words.serviceSection && MANAGED.test(row.name)) return { kind: "kept" };
  if (hasOption(row, words, isDynamic)) return { kind: "option" };
  const reason = reasonAgainst(row);
  return reason === undefined ? { kind: "annotation" } : { kind: "nothing", reason };
}

function hasOption({ name, engineNative, selectsUser }: Directive, words: Words, isDynamic: boolean): boolean {
  switch (name) {
    case "Environment":
    case "EnvironmentFile":
      return true;
    case "DynamicUser":
      return false;
    case "PassEnvironment":
      return words.caller;
    case "WorkingDirectory":
      return words.workingDirectory;
    case "KillSignal":
      return words.stopSignal;
    case "RuntimeMaxSec":
      return words.runTime;
  }
  if (selectsUser === true) return !isDynamic;
  return engineNative === true || (words.limits && isLimitOption(name));
}

function reasonAgainst({ name, runOnly, support, deviation, engineNative }: Directive): string | undefined {
  if (name === "PassEnvironment") return "the caller's variables are not the container's";
  if (engineNative) return "there is no word for it in this form";
  if (runOnly !== undefined) return runOnly;
  return support === "ignored" || support === "refused" ? (deviation ?? "it has no effect") : undefined;
}
