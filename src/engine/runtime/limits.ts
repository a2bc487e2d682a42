import { quote, UserError, UserErrors } from "../../errors.ts";
import { findAmbiguity } from "../../oci/ambiguity.ts";
import { formatJson, parseJson } from "../../oci/json.ts";
import { isObject } from "../../oci/shape.ts";
import type { Spec } from "../../oci/spec.ts";
import { tryReadText } from "../../sys/files/files.ts";
import { readLimited } from "../../sys/files/readLimited.ts";
import { replaceFile } from "../../sys/files/write.ts";
import type { Client } from "../../sys/process/client.ts";
import { existingPaths, type RuntimePaths } from "../record/location.ts";
import { keepForRuntime } from "../record/runtimeFiles.ts";
import { optionOf, type RuntimeArguments } from "./arguments.ts";
import type { Judged } from "./canonical.ts";
import type { Runtime } from "./runtime.ts";

/** Members of linux.resources by their paths (`memory.limit`), each as JSON. */
type Limits = Readonly<Record<string, string>>;

/** Keeps the limits that the container's settings have set, which `update` must not change. */
export function recordLimits(directory: string, before: Spec, after: Spec): void {
  const engines = flatten(before.linux?.resources ?? {});
  const all = Object.entries(flatten(after.linux?.resources ?? {}));
  replaceFile(
    limitsPath(directory),
    formatJson(Object.fromEntries(all.filter(([name, value]) => engines[name] !== value))),
    0o600,
  );
}

function limitsPath(directory: string): string {
  return `${directory}/limits.json`;
}

/** Lists and numbers are leaves. */
function flatten(value: object, prefix = ""): Limits {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      isObject(member)
        ? Object.entries(flatten(member, `${prefix}${name}.`))
        : [[`${prefix}${name}`, formatJson(member)]],
    ),
  );
}

/**
 * `update` of a prepared container: what it changes must be no limit of the container's settings. The runtime reads a copy
 * of what was looked at.
 * @throws UserErrors naming each limit
 */
export async function prepareUpdate(call: RuntimeArguments, { name }: Runtime, client: Client): Promise<Judged> {
  const paths = existingPaths(call, name, client);
  const known = tryReadText(limitsPath(paths.directory));
  if (known === undefined) return { places: { root: paths.stateRoot }, isPrepared: false };
  const own = JSON.parse(known) as Limits;
  const text = readResources(call, client);
  const asked = text === undefined ? limitsOfOptions(call) : flatten(parseResources(text));
  const problems = Object.entries(asked).flatMap(([member, value]) => findProblem(member, value, own));
  if (problems.length > 0) throw new UserErrors(problems);
  return { places: placesOf(paths, text, client), isPrepared: true };
}

function placesOf({ directory, stateRoot: root }: RuntimePaths, resources: string | undefined, client: Client) {
  return resources === undefined ? { root } : { root, resources: keepForRuntime(directory, client.parent, resources) };
}

/** More than the members of linux.resources need. */
const LIMIT_BYTES = 1024 * 1024;

/** `-` is the caller's standard input, which this process does not have. */
function readResources(call: RuntimeArguments, client: Client): string | undefined {
  const file = optionOf(call, "resources");
  if (!file) return undefined;
  const text = readLimited(file === "-" ? `/proc/${client.parent}/fd/0` : file, LIMIT_BYTES);
  if (text !== undefined) return text;
  throw new UserError(`cannot update the container: found nothing at ${quote(file)}, expected its new resources`);
}

function parseResources(text: string): object {
  const value = parseOrNothing(text);
  const problem = isObject(value) ? findAmbiguity(text, value) : "no JSON object, expected its new resources";
  if (problem !== undefined) throw new UserError(`cannot update the container: found ${problem}`);
  return value as object;
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function limitsOfOptions(call: RuntimeArguments): Limits {
  return Object.fromEntries(
    call.options.flatMap(({ row, value }) => (row.resource === undefined ? [] : [[row.resource, value ?? ""]])),
  );
}

function findProblem(member: string, value: string, own: Limits): readonly string[] {
  const isUnified = member.startsWith("unified.");
  const rival = Object.keys(own).find(
    (name) =>
      name === member || (controllerOf(name) === controllerOf(member) && isUnified !== name.startsWith("unified.")),
  );
  if (rival === undefined || (rival === member && own[member] === value)) return [];
  return [
    `cannot update the container: found ${member} ${value}, expected ${rival} ${own[rival]}, which its settings have set`,
  ];
}

/** A limit of cgroup v2 by its file's name (`unified.memory.max`) is the same as one by a member. */
function controllerOf(member: string): string | undefined {
  const [first, second] = member.split(".");
  const controller = first === "unified" ? second : first;
  return controller === "blockIO" ? "io" : controller;
}

/** @throws UserError: mounts are what keeps a prepared container from the host's files */
export async function refuseMounts(call: RuntimeArguments, { name }: Runtime, client: Client): Promise<Judged> {
  const { directory, stateRoot } = existingPaths(call, name, client);
  if (tryReadText(limitsPath(directory)) === undefined) return { places: { root: stateRoot }, isPrepared: false };
  throw new UserError(
    "cannot change the mounts of the container: its settings have made them, expected another create",
  );
}
