import { recordsIn } from "../identity/registry.ts";
import { formatJson, parseJson } from "../oci/json.ts";
import { findProblem, PROCESS } from "../oci/shape.ts";
import { Mismatch, withContext } from "../sys/failure.ts";
import { readPrivate, writePrivate } from "../sys/files/privateFile.ts";
import type { PreparedProcess } from "./preparedProcess.ts";

/*
 * The record of a prepared container below /run: a directory named by its key. libexec/dynuser takes its existence for the
 * sign that exec and delete must be handled. The runtime's state, which has all annotations, is not kept.
 */

export function recordDirectory(own: string, key: string): string {
  return `${recordsIn(own)}/${key}`;
}

export function writeProcess(directory: string, prepared: PreparedProcess): void {
  writePrivate(`${directory}/process.json`, formatJson(prepared));
}

/** @throws UserError for one that another user could have written, or that is no process */
export function readProcess(directory: string): PreparedProcess | undefined {
  return withContext("read the process of the container", () => readPrepared(directory));
}

function readPrepared(directory: string): PreparedProcess | undefined {
  const path = `${directory}/process.json`;
  const found = readPrivate(path);
  if (found.kind === "absent") return undefined;
  if (found.kind === "foreign") throw new Mismatch(`${path} with ${found.found}`, "a file that only root can write");
  const prepared = parsePrepared(found.text);
  if (prepared === undefined) throw new Mismatch(`${path} damaged`, "the process of a prepared container");
  return prepared;
}

function parsePrepared(text: string): PreparedProcess | undefined {
  try {
    const { before, after } = parseJson(text) as PreparedProcess;
    return [before, after].some((one) => findProblem(one, PROCESS) !== undefined) ? undefined : { before, after };
  } catch {
    return undefined;
  }
}

/** Where the container's hook writes the PID of its init. */
export function initPath(directory: string): string {
  return `${directory}/init`;
}

/** The file is there before the hook, which may run with umask 0, so that it has this mode. */
export function makeInitFile(directory: string): void {
  writePrivate(initPath(directory), "");
}

/** The container's init; undefined before it runs. */
export function readInit(directory: string): number | undefined {
  const found = readPrivate(initPath(directory));
  const pid = found.kind === "text" && /^[0-9]{1,10}\n?$/.test(found.text) ? Number(found.text) : 0;
  return pid <= 1 ? undefined : pid;
}
