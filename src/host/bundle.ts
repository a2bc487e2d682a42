import { resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { formatJson } from "../oci/json.ts";
import type { Process, Spec } from "../oci/spec.ts";
import { linkFile, removeFile, rewriteFile } from "../sys/files.ts";
import { readRegular } from "../sys/readLimited.ts";
import { parseProcess, parseSpec } from "./specText.ts";

/** The annotation of a config that was prepared; its value is the container's key. */
export const MARK = "org.dynuser.prepared";
/** More than any engine writes. */
const LIMIT_BYTES = 16 * 1024 * 1024;
const ORIGINAL = "config.dynuser-original.json";

export interface Bundle {
  /** Absolute. */
  readonly directory: string;
  readonly configPath: string;
  /** As the engine wrote it. */
  readonly spec: Spec;
  /** The config that is there now is one of ours. */
  readonly isPrepared: boolean;
}

/**
 * Whether an annotation may ask for something; escapes in the JSON text leave the answer to who parses it. libexec/dynuser
 * looks for the same.
 */
export function mayAsk(directory: string, configName = "config.json"): boolean {
  const text = readRegular(resolve(directory, configName), LIMIT_BYTES);
  return text !== undefined && SIGNS.some((sign) => text.includes(sign));
}

const SIGNS = ["dynuser/", "\\/", "\\u006", "\\u007", "\\u002f", "\\u002F"];

/**
 * The config as the engine wrote it: of a bundle that an earlier, failed start has prepared it is the one put aside then.
 * Undefined when there is none.
 * @throws UserError for what is no config
 */
export function readBundle(directory: string, configName = "config.json"): Bundle | undefined {
  const configPath = resolve(directory, configName);
  const spec = readSpec(configPath);
  if (spec === undefined) return undefined;
  if (spec.annotations?.[MARK] === undefined) return { directory, configPath, spec, isPrepared: false };
  const original = readSpec(resolve(directory, ORIGINAL));
  if (original !== undefined) return { directory, configPath, spec: original, isPrepared: true };
  throw new UserError(
    `cannot prepare ${configPath}: it has been prepared already, by the hook or for another start, expected the engine's own`,
  );
}

/** Puts the new config in the place of the engine's, which stays beside it. */
export function replaceConfig({ directory, configPath, isPrepared }: Bundle, changed: Spec, key: string): void {
  const original = resolve(directory, ORIGINAL);
  if (!isPrepared) linkFile(configPath, original);
  try {
    rewriteFile(configPath, formatJson(markPrepared(changed, key)));
  } catch (error) {
    if (!isPrepared) removeFile(original);
    throw error;
  }
}

/** So that nobody prepares it a second time. */
export function markPrepared(spec: Spec, key: string): Spec {
  return { ...spec, annotations: { ...spec.annotations, [MARK]: key } };
}

/** @throws UserError for what is no process */
export function readProcessFile(path: string): Process {
  const text = readRegular(path, LIMIT_BYTES);
  if (text === undefined) throw new UserError(`cannot read ${quote(path)}: found nothing there, expected a process`);
  return parseProcess(text, path);
}

export function replaceProcess(path: string, process: Process): void {
  rewriteFile(path, formatJson(process));
}

/** @throws UserError for what is no config */
export function readSpec(path: string): Spec | undefined {
  const text = readRegular(path, LIMIT_BYTES);
  return text === undefined ? undefined : parseSpec(text, path);
}
