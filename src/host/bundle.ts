import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { formatJson, parseJson } from "../oci/json.ts";
import type { Process, Spec } from "../oci/spec.ts";
import { linkFile, rewriteFile, tryReadText } from "../sys/files.ts";

/** The annotation of a config that was prepared; its value is the container's key. */
const MARK = "org.dynuser.prepared";
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
  if (!isPrepared) linkFile(configPath, resolve(directory, ORIGINAL));
  rewriteFile(configPath, formatJson(markPrepared(changed, key)));
}

/** So that nobody prepares it a second time. */
export function markPrepared(spec: Spec, key: string): Spec {
  return { ...spec, annotations: { ...spec.annotations, [MARK]: key } };
}

/** @throws UserError for what is no process */
export function readProcessFile(path: string): Process {
  const value = readObject(path);
  if (value !== undefined && "user" in value && "cwd" in value) return value as unknown as Process;
  throw new UserError(`cannot read ${path}: found no process of the runtime specification`);
}

export function replaceProcess(path: string, process: Process): void {
  rewriteFile(path, formatJson(process));
}

function readSpec(path: string): Spec | undefined {
  const value = readObject(path);
  if (value === undefined || "ociVersion" in value) return value as Spec | undefined;
  throw new UserError(`cannot read ${path}: found no ociVersion, expected a config of the runtime specification`);
}

function readObject(path: string): object | undefined {
  const text = tryReadText(path);
  if (text === undefined) return undefined;
  const value = parse(text, path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UserError(`cannot read ${path}: expected a JSON object`);
}

function parse(text: string, path: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UserError(`cannot read ${path}: found no JSON, ${(error as Error).message}`);
  }
}
