import { quote, UserError } from "../../errors.ts";
import { formatJson } from "../../oci/json.ts";
import type { Process, Spec } from "../../oci/spec.ts";
import { removeFile } from "../../sys/files/files.ts";
import { readRegular } from "../../sys/files/readLimited.ts";
import { replaceFile, rewriteFile } from "../../sys/files/write.ts";
import { mergeEdits } from "./mergeEdits.ts";
import { parseProcess, parseSpec } from "./specText.ts";

/** The annotation of a config that was prepared; its value is the container's key. */
export const PREPARED_ANNOTATION = "org.dynuser.prepared";
/** More than any engine writes. */
const LIMIT_BYTES = 16 * 1024 * 1024;

export interface Bundle {
  /** Absolute. */
  readonly directory: string;
  readonly configPath: string;
  /** As the engine wrote it. */
  readonly spec: Spec;
  /** The text of `spec`, which is kept beside the prepared config. */
  readonly original: string;
  /** The config that is there now is one that dynuser wrote. */
  readonly isPrepared: boolean;
}

/** Undefined when there is none. */
export function readConfig(configPath: string): string | undefined {
  return readRegular(configPath, LIMIT_BYTES);
}

/**
 * Whether an annotation may ask for something; a name with escapes in the JSON text has to be parsed first. The script
 * looks for the same (src/tools/trampoline.ts).
 */
export function mentionsDynuser(text: string): boolean {
  return ESCAPES.some((sign) => text.includes(sign));
}

export const ESCAPES: readonly string[] = ["dynuser/", "\\/", "\\u006", "\\u007", "\\u002f", "\\u002F"];

/**
 * The config as the engine wrote it. Of one that an earlier start has prepared it is the original that was kept then, with
 * what was edited since.
 * @throws UserError when it is no config, or a prepared one whose original is gone
 */
export function parseBundle(directory: string, configPath: string, text: string): Bundle {
  const spec = parseSpec(text, configPath);
  if (!isMarked(spec)) return { directory, configPath, spec, original: text, isPrepared: false };
  const { original, prepared } = readKept(configPath);
  if (original === undefined) {
    throw new UserError(
      `cannot prepare ${configPath}: it has been prepared already, by the hook or for another start, expected the engine's own`,
    );
  }
  const kept = parseSpec(original, keptPaths(configPath).original);
  if (prepared === undefined || prepared === text) {
    return { directory, configPath, spec: kept, original, isPrepared: true };
  }
  const edited = mergeEdits(kept, parseSpec(prepared, keptPaths(configPath).prepared), spec) as Spec;
  return { directory, configPath, spec: edited, original: formatJson(edited), isPrepared: true };
}

/** As `parseBundle`, of what is there; undefined when there is nothing. */
export function readBundle(directory: string, configPath = `${directory}/config.json`): Bundle | undefined {
  const text = readConfig(configPath);
  return text === undefined ? undefined : parseBundle(directory, configPath, text);
}

function isMarked(spec: Spec): boolean {
  return spec.annotations?.[PREPARED_ANNOTATION] !== undefined;
}

/**
 * Puts the new config in the place of the engine's; beside it stay that one, and a copy that shows later edits. Whatever
 * step is the last one, what is there is a whole config with what belongs to it.
 */
export function replaceConfig({ configPath, original, isPrepared }: Bundle, changed: Spec, key: string): void {
  const kept = keptPaths(configPath);
  const prepared = formatJson(markPrepared(changed, key));
  if (isPrepared) rewriteFile(configPath, original);
  try {
    replaceFile(kept.original, original, 0o600);
    replaceFile(kept.prepared, prepared, 0o600);
    rewriteFile(configPath, prepared);
  } catch (error) {
    removeKept(configPath);
    throw error;
  }
}

/** Puts the engine's config back, unless there is another one than was prepared: that one was edited or is a new one. */
export function restoreConfig(configPath: string): void {
  const { original, prepared } = readKept(configPath);
  if (original === undefined && prepared === undefined) return;
  const text = readConfig(configPath);
  if (original !== undefined && text === prepared) rewriteFile(configPath, original);
  // an earlier call that failed has restored it; anything else was written since
  else if (original !== undefined && text !== original) return;
  removeKept(configPath);
}

interface Kept<T> {
  readonly original: T;
  readonly prepared: T;
}

function keptPaths(configPath: string): Kept<string> {
  const stem = configPath.replace(/\.json$/, "");
  return { original: `${stem}.dynuser-original.json`, prepared: `${stem}.dynuser-prepared.json` };
}

function readKept(configPath: string): Kept<string | undefined> {
  const { original, prepared } = keptPaths(configPath);
  return { original: readConfig(original), prepared: readConfig(prepared) };
}

function removeKept(configPath: string): void {
  const { original, prepared } = keptPaths(configPath);
  for (const path of [original, prepared]) removeFile(path);
}

/** So that it is prepared once. */
export function markPrepared(spec: Spec, key: string): Spec {
  return { ...spec, annotations: { ...spec.annotations, [PREPARED_ANNOTATION]: key } };
}

/** @throws UserError for what is no process */
export function readProcessFile(path: string): Process {
  const text = readRegular(path, LIMIT_BYTES);
  if (text === undefined) throw new UserError(`cannot read ${quote(path)}: found nothing there, expected a process`);
  return parseProcess(text, path);
}

/** @throws UserError for what is no config */
export function readSpec(path: string): Spec | undefined {
  const text = readConfig(path);
  return text === undefined ? undefined : parseSpec(text, path);
}
