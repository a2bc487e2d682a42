import { quote, UserErrors } from "../errors.ts";
import type { Setting } from "./setting.ts";

/** What a container's annotations ask for. */
export interface Request {
  /** dynuser/Name=: the service's name. */
  readonly name?: string;
  /** dynuser/Profile=: a file below /etc/dynuser/profiles. */
  readonly profile?: string;
  readonly settings: readonly Setting[];
}

const PREFIX = "dynuser/";

/** `dynuser/Key`, or `dynuser/CONTAINER.Key` for one container of a pod. */
interface Annotation {
  readonly key: string;
  readonly container: string | undefined;
  readonly name: string;
  readonly value: string;
}

/**
 * Reads `dynuser/<Directive>`, `dynuser/Name` and `dynuser/Profile`; the lines of a value are settings of their own.
 * Undefined when there is none of them.
 * @param container of a pod, whose annotations speak to all of its containers, and with `dynuser/<container>.` to one;
 * what is said to this one comes later
 * @throws UserErrors naming every key that cannot be one
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  container?: string,
): Request | undefined {
  const all = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(PREFIX));
  const read = all.map(([key, value]) => readKey(key, value, container !== undefined));
  const odd = all.flatMap(([key], index) => (read[index] === undefined ? [key] : []));
  if (odd.length > 0) throw new UserErrors(odd.map(describeOdd));
  const known = read.filter((one) => one !== undefined);
  const general = known.filter((one) => one.container === undefined);
  const own = known.filter((one) => one.container !== undefined && one.container === container);
  const asked = [...general, ...own];
  return asked.length === 0 ? undefined : requestOf(asked);
}

const KEY = /^(?:([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.)?([A-Z][A-Za-z0-9]*)$/;

function readKey(key: string, value: string, isInPod: boolean): Annotation | undefined {
  const [, container, name] = KEY.exec(key.slice(PREFIX.length)) ?? [];
  if (name === undefined || (container !== undefined && !isInPod)) return undefined;
  return { key, container, name, value };
}

function describeOdd(key: string): string {
  return `cannot read annotation ${quote(key)}: expected ${PREFIX}<Directive>, Name or Profile`;
}

function requestOf(asked: readonly Annotation[]): Request {
  const last = (name: string) => asked.findLast((one) => one.name === name)?.value;
  const [name, profile] = [last("Name"), last("Profile")];
  return {
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    settings: asked.flatMap(settingsOf),
  };
}

function settingsOf({ key, name, value }: Annotation): readonly Setting[] {
  if (name === "Name" || name === "Profile") return [];
  const place = `annotation ${key}`;
  return value.split("\n").map((line) => ({ name, value: line.trim(), place, lenient: false }));
}
